"""Time as an argument: whoever needs to know what time it is gets a Clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells domain time. Queue time (leases, back-off) is the database's own `now()`."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        return datetime.now(UTC)


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
