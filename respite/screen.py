"""What a run shows: steps as they are done, warnings as they come; readable without a terminal."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from rich.console import Console
from rich.markup import escape

_SHOWN: Final = frozenset({"warning", "error", "critical"})
_COLOURS: Final = {"warning": "yellow", "error": "red", "critical": "red"}
_NAME_WIDTH: Final = 12
_LEFT_OUT: Final = frozenset({"level", "event", "timestamp", "process", "logger"})


class Screen:
    """The terminal, or whatever stands for it."""

    def __init__(self, console: Console, *, verbose: bool) -> None:
        self.console = console
        self._verbose = verbose

    @contextmanager
    def step(self, doing: str) -> Iterator[list[str]]:
        """Shows a step while it lasts, then what came of it and how long it took.

        Yields a list; what is put into it replaces `doing` in the line that remains.
        """
        started = time.monotonic()
        done: list[str] = []
        if not self.console.is_terminal:
            self.console.print(f"  {doing} …", highlight=False)
        with self.console.status(f"{doing} …"):
            yield done
        seconds = time.monotonic() - started
        self.say(f"[green]✓[/] {escape(done[0] if done else doing)} [dim]({seconds:.1f} s)[/]")

    def say(self, line: str) -> None:
        """One line, with rich's markup."""
        self.console.print(line, highlight=False, soft_wrap=True)

    def log_line(self, name: str, line: str) -> None:
        """A line of a process's log, shown if it is a warning or worse, or if all are wanted."""
        level, text = _parse(line)
        if not line.strip() or not (self._verbose or level in _SHOWN):
            return
        colour = _COLOURS.get(level, "dim")
        self.say(f"[{colour}]{name:<{_NAME_WIDTH}}[/] {escape(text)}")


def _parse(line: str) -> tuple[str, str]:
    """Level and text of a log line; what is no structured event counts as an error, it is rare."""
    try:
        event: Any = json.loads(line)
    except ValueError:
        event = None
    if not isinstance(event, dict):
        return "error", line
    level = str(event.get("level", "info"))
    fields = " ".join(f"{key}={value}" for key, value in event.items() if key not in _LEFT_OUT)
    return level, f"{level} {event.get('event', '')} {fields}".rstrip()
