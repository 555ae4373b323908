"""The page of logs is that of the code."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache

from tests.docs.markdown import ROOT, Document

ROWS = {
    (name.strip("`"), level)
    for names, levels, *_ in Document.read(ROOT / "docs" / "logs.md")
    .section("Events that matter")
    .tables()[0][1:]
    for name in names.split(", ")
    for level in levels.split(", ")
}
TOLD = {name for name, _ in ROWS}
PACKAGES = ("clients", "gateway", "kit", "respite", "services")
_LOGGED = re.compile(r"\blog(?:ger)?\.(debug|info|warning|error)\(\s*\"(\w+)\"")


@cache
def logged() -> dict[str, set[str]]:
    """Levels by event, of all that the code logs."""
    found: dict[str, set[str]] = defaultdict(set)
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            for level, event in _LOGGED.findall(path.read_text(encoding="utf-8")):
                found[event].add(level)
    return found


def test_every_error_that_is_logged_has_a_row() -> None:
    errors = {event for event, levels in logged().items() if "error" in levels}
    assert len(errors) > 20
    assert sorted(errors - {name for name, level in ROWS if level == "error"}) == []


def test_a_row_has_the_level_of_the_code() -> None:
    assert (
        sorted((name, level) for name, level in ROWS if level not in logged().get(name, ())) == []
    )


def test_every_event_that_the_runbook_sends_one_to_look_for_has_a_row() -> None:
    named = set(Document.read(ROOT / "docs" / "runbook.md").spans) & logged().keys()
    assert len(named) > 5
    assert sorted(named - TOLD) == []
