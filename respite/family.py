"""The processes of a run together: started by what they need, restarted, stopped in reverse."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from typing import Final

from respite.child import Child
from respite.home import Home
from respite.processes import Process, environment_of
from respite.screen import Screen

START_TIMEOUT: Final = 60.0  # seconds, for one process to become ready
STOP_TIMEOUT: Final = 40.0  # seconds, for a process to drain
_LAST_LINES: Final = 5


class NotStarted(Exception):
    """Something did not come up; the text says what, with its last words."""


class Family:
    """All processes of a run.

    environment: of the whole run; each child gets its share. lifeline: see `respite.lifeline`.
    """

    def __init__(
        self,
        processes: Sequence[Process],
        environment: Mapping[str, str],
        home: Home,
        lifeline: int,
        screen: Screen,
    ) -> None:
        # For commands, not for processes: what they need of the sandbox is in their own variables.
        shared = {name: value for name, value in environment.items() if name != "SANDBOX_URL"}
        self._children = {
            process.name: Child(process, environment_of(process, shared), home.logs, lifeline)
            for process in processes
        }
        self._screen = screen
        self._ready: set[str] = set()

    def start_first(self, name: str) -> None:
        """Starts a process ahead of the others, which then need not wait for it to import."""
        if name in self._children:
            self._children[name].start()

    def start(self, stopping: threading.Event) -> None:
        """Starts all, each when what it needs is ready; returns when all are, or `stopping` is set.

        Raises NotStarted as soon as one ends, or when one is not ready in time.
        """
        with self._screen.step("Starting processes") as done:
            deadline = time.monotonic() + START_TIMEOUT
            while self._ready != self._children.keys() and not stopping.wait(0.05):
                for child in self._children.values():
                    self._advance(child, deadline)
                self.show_logs()
            done.append(f"{len(self._ready)} processes are ready")

    def tick(self) -> None:
        """One look at everybody: shows new warnings, restarts who ended by themselves."""
        self.show_logs()
        for child in self._children.values():
            status = child.exit_status()
            if status is None:
                continue
            if child.restart_at is None:
                pause = child.plan_restart()
                self._screen.say(
                    f"[red]{child.name} {_ending(status)}[/]; starting it again in {pause:g} s"
                    f" (log: {child.log})"
                )
            elif time.monotonic() >= child.restart_at:
                child.start()

    def stop(self, hurry: threading.Event) -> None:
        """Stops all in reverse: each when nobody runs any more who needs it or is outlasted by it.

        hurry: kills those who still run as soon as it is set.
        """
        running = {name: child for name, child in self._children.items() if child.pid}
        asked: dict[str, float] = {}
        while running:
            for name, child in list(running.items()):
                if child.pid is None:
                    del running[name]
                elif name not in asked and not self._goes_on(child, running):
                    child.terminate()
                    asked[name] = time.monotonic()
                elif hurry.is_set() or time.monotonic() - asked.get(name, time.monotonic()) > (
                    STOP_TIMEOUT
                ):
                    why = "as asked" if hurry.is_set() else "it did not stop in time"
                    self._screen.say(f"[yellow]{name} is killed[/], {why}")
                    child.kill()
            time.sleep(0.02)

    def show_logs(self) -> None:
        """Shows what is worth showing of the lines logged since the last call."""
        for child in self._children.values():
            for line in child.new_lines():
                self._screen.log_line(child.name, line)

    def _advance(self, child: Child, deadline: float) -> None:
        """Takes one process a step towards being ready."""
        status = child.exit_status()
        if child.name in self._ready:
            return
        if status is not None:
            raise NotStarted(_last_words(child, _ending(status)))
        if child.pid is None:
            if self._ready >= set(child.process.needs) & self._children.keys():
                child.start()
        elif child.is_ready():
            self._ready.add(child.name)
        elif time.monotonic() > deadline:
            raise NotStarted(_last_words(child, f"was not ready within {START_TIMEOUT:.0f} s"))

    def _goes_on(self, child: Child, running: Mapping[str, Child]) -> bool:
        outlasted = any(name in running for name in child.process.outlasts)
        return outlasted or any(child.name in other.process.needs for other in running.values())


def _ending(status: int) -> str:
    return f"was killed by signal {-status}" if status < 0 else f"ended with status {status}"


def _last_words(child: Child, what: str) -> str:
    said = f"{child.name} {what}. The end of {child.log}:"
    return "\n".join([said, *child.last_lines(_LAST_LINES)])
