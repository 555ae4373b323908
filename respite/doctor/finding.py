"""What a check says."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How a check ended. FAIL: the line does not work like this. WARN: it works, but look."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line. check: what was looked at. said: what was found. fix: what to do, "" where it is
    fine."""

    level: Level
    check: str
    said: str
    fix: str = ""


def ok(check: str, said: str) -> Finding:
    """As it has to be."""
    return Finding(Level.OK, check, said)


def warn(check: str, said: str, fix: str) -> Finding:
    """Works, but somebody should look."""
    return Finding(Level.WARN, check, said, fix)


def bad(check: str, said: str, fix: str) -> Finding:
    """Does not work like this."""
    return Finding(Level.FAIL, check, said, fix)
