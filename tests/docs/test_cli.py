"""docs/cli.md has every command with its options, in the words of its help, and every status."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from typer.main import get_command

from respite.cli import app
from respite.commands.ending import Exit
from tests.docs.markdown import ROOT, Document


def page() -> Document:
    return Document.read(ROOT / "docs" / "cli.md")


def commands(group: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if not hasattr(group, "commands"):
        yield path, group
        return
    for name, command in group.commands.items():
        yield from commands(command, f"{path} {name}".strip())


def synopsis(path: str, command: Any) -> str:
    """What may be typed, as the page has it."""
    words = [path]
    for parameter in command.params:
        if parameter.param_type_name == "argument":
            name = (parameter.metavar or parameter.name or "").upper().rstrip("…").rstrip("_")
            name += "…" if parameter.nargs == -1 else ""
            words.append(name if parameter.required else f"[{name}]")
        else:
            value = "" if parameter.is_flag else f" {(parameter.name or '').rstrip('_').upper()}"
            words.append(f"[{parameter.opts[0]}{value}]")
    return " ".join(words)


def rows_of_the_code() -> dict[str, str]:
    found = {}
    for path, command in commands(get_command(app)):
        paragraph, *_ = (command.help or "").split("\n\n")
        found[synopsis(path, command)] = " ".join(paragraph.split())
    return found


def test_the_tables_have_every_command_in_the_words_of_its_help() -> None:
    rows = re.findall(r"^\| `respite ([^`]+)` \| (.+) \|$", page().text, re.MULTILINE)
    assert dict(rows) == rows_of_the_code()


def test_every_status_is_told() -> None:
    told = dict(re.findall(r"^\| (\d) \| (.+) \|$", page().text, re.MULTILINE))
    assert set(told) == {"0", *(str(int(status)) for status in Exit)}
