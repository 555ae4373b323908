"""How fast texts leave: no faster than the number that sends them may (domain.md section 11).

A bucket of one second's segments, kept as the moment at which the number has caught up with all
that may leave (the virtual scheduling algorithm of ITU-T I.371). A text that has to wait is given a
turn, so that those who wait do not race, and leave in the order in which they asked.

What we start leaves by a slower clock of its own besides, and only while no reply waits: a sweep of
a thousand check-ins holds up no answer.

Whoever looks holds the lock of the hour (outbound_hour.py), until the commit.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa

from kit.arrays import one_of
from kit.database import DbWriter
from services.conversation.message import Message, MessageKind, Pace
from services.conversation.sql import statement
from services.conversation.tables import send_turns

BUCKET: Final = timedelta(seconds=1)
"""So much may leave at once, at the rate of the number."""

TURN_COUNTS_FOR: Final = timedelta(seconds=15)
"""Whoever comes later for their turn asks anew: after a pause not all of them leave at once."""

FARTHEST: Final = timedelta(minutes=5)
"""No turn is given farther ahead: a text that nobody wants any more by then would waste it."""

STARTED_SLOWER: Final = 2
"""What we start leaves so many times slower than the number may send."""

_KEPT: Final = timedelta(days=1)

# What is so far ahead was written by a clock that was set back since, as one of a development stack
# may be.
_NEVER_SO_FAR: Final = timedelta(hours=1)


class SendRate:
    """The turns that a transaction gives and takes.

    Looks when the first text wants to leave, writes at the end. asking: row keys of the texts that
    may ask. a_second: segments; 0 for as fast as anybody asks.
    """

    def __init__(
        self, db: DbWriter, asking: Collection[int], a_second: float, at: datetime
    ) -> None:
        self._db = db
        self._asking = asking
        self._a_second = a_second
        self._at = at
        self._free_at: dict[Pace, datetime] = {}
        self._turns: dict[int, datetime] = {}
        self._given: dict[int, datetime] = {}
        self._taken: list[int] = []

    def wait_of(self, message: Message) -> timedelta | None:
        """How long the text has to wait, and has a turn for it; None where it leaves now."""
        if not self._a_second:
            return None
        if not self._free_at:
            self._look()
        turn = self._turns.get(message.row_id)
        if turn is not None and self._at < turn:
            return turn - self._at
        started = message.kind is MessageKind.PROACTIVE
        pace = Pace.STARTED if started else Pace.ALL
        counted = turn is not None and self._at <= turn + TURN_COUNTS_FOR
        allowed_at = self._at if counted else self._allowed_at(message, pace)
        if started:
            replies_gone_at = self._free_at[Pace.ALL] - BUCKET
            allowed_at = max(allowed_at, replies_gone_at)
        if allowed_at > self._at:
            return self._give(message, pace, allowed_at)
        if not counted:
            self._advance(message, pace)
        if started:
            self._advance(message, Pace.ALL)
        if turn is not None:
            self._taken.append(message.row_id)
        return None

    def write(self) -> None:
        """Stores what was given and taken."""
        if not self._free_at:
            return
        params = {
            "paces": list(self._free_at),
            "free_at": list(self._free_at.values()),
            "messages": list(self._given),
            "turns": list(self._given.values()),
            "at": self._at,
        }
        self._db.execute(statement("give_turns"), params)
        if self._given or self._taken:
            old = send_turns.c.turn_at < self._at - _KEPT
            taken = one_of(send_turns.c.message, self._taken)
            self._db.execute(sa.delete(send_turns).where(taken | old))

    def _look(self) -> None:
        self._free_at = dict.fromkeys(Pace, self._at)
        params = {"asking": list(self._asking)}
        for pace, message, moment in self._db.rows(statement("send_turns"), params):
            if moment > self._at + _NEVER_SO_FAR:
                continue
            if pace is None:
                self._turns[message] = moment
            else:
                self._free_at[Pace(pace)] = moment

    def _cost(self, message: Message) -> timedelta:
        return timedelta(seconds=message.segments / self._a_second)

    def _allowed_at(self, message: Message, pace: Pace) -> datetime:
        """When the bucket has room; a text that is larger than it needs it empty."""
        return self._free_at[pace] - max(BUCKET - self._cost(message), timedelta(0))

    def _advance(self, message: Message, pace: Pace) -> None:
        slower = STARTED_SLOWER if pace is Pace.STARTED else 1
        self._free_at[pace] = max(self._free_at[pace], self._at) + slower * self._cost(message)

    def _give(self, message: Message, pace: Pace, turn: datetime) -> timedelta:
        if turn - self._at > FARTHEST:
            return FARTHEST
        self._advance(message, pace)
        self._turns[message.row_id] = self._given[message.row_id] = turn
        return turn - self._at
