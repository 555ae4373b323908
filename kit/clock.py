"""Time as an argument: whoever needs to know what time it is gets a Clock."""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, Protocol


class Clock(Protocol):
    """Tells domain time. Queue time (leases, back-off) is the database's own `now()`."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    ahead: Final = timedelta(0)
    """How far domain time is ahead of the machine's."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        return datetime.now(UTC)


class MovableClock:
    """The machine's clock, and so far ahead as a file says: whoever moves it moves every process of
    the machine that reads the file, at once. For development.

    file: what it holds is written here alone. Where there is none, the clock was never moved; while
    it cannot be read, what it said last holds.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        # of one assignment, since threads read side by side
        self._seen: tuple[tuple[int, int] | None, timedelta] = (None, timedelta(0))

    @property
    def ahead(self) -> timedelta:
        """How far domain time is ahead of the machine's; negative where it is behind."""
        with suppress(OSError, ValueError, OverflowError):
            facts = self._file.stat()
            version = (facts.st_ino, facts.st_mtime_ns)
            if version != self._seen[0]:
                self._seen = version, timedelta(seconds=float(self._file.read_text()))
        return self._seen[1]

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        return datetime.now(UTC) + self.ahead

    def move_to(self, ahead: timedelta) -> None:
        """Sets how far it is ahead, for everybody who reads the file. Raises OSError."""
        draft = self._file.with_name(f".{self._file.name}.{os.getpid()}")
        draft.write_text(f"{ahead.total_seconds()}\n")
        draft.replace(self._file)


class FixedClock:
    """A clock that stands still until it is moved.

    at: an aware moment; ValueError for a naive one, whose meaning would depend on the machine.
    """

    def __init__(self, at: datetime) -> None:
        if at.tzinfo is None:
            raise ValueError("a clock needs an aware moment")
        self._at = at.astimezone(UTC)

    def now(self) -> datetime:
        """The moment at which it stands, aware, in UTC."""
        return self._at

    def advance(self, by: timedelta) -> datetime:
        """Moves by `by` (back, where negative) and returns the new moment."""
        self._at += by
        return self._at
