"""Identifiers: made here in order of time, read here from the wire."""

from __future__ import annotations

import os
import re
import threading
import time
from uuid import UUID

from kit.refusals import InvalidArgument

_CANONICAL = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_RANDOM_BITS = 62
_COUNTER_BITS = 12
_COUNTER_MASK = (1 << _COUNTER_BITS) - 1


class _Sequence:
    """The last (millisecond, counter) given out; a forked child starts with another counter."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = 0

    def next(self, milliseconds: int) -> int:
        """60 bits: 48 of time and 12 of counter, greater than every one before.

        RFC 9562, section 6.2, method 1: the counter starts below its half at each new millisecond
        and overflows into the time, which also carries it over a clock that was set back.
        """
        fresh = milliseconds << _COUNTER_BITS | int.from_bytes(os.urandom(2)) >> 5
        with self._lock:
            self._last = max(self._last + 1, fresh)
            return self._last


_sequence = _Sequence()
os.register_at_fork(after_in_child=lambda: globals().update(_sequence=_Sequence()))


def uuid7() -> UUID:
    """A UUID of version 7 (RFC 9562, section 5.7), greater than every earlier one of this process.

    62 of its bits are random: it cannot be guessed, but its first 48 bits tell when it was made.
    """
    moment = _sequence.next(time.time_ns() // 1_000_000)
    random = int.from_bytes(os.urandom(8)) >> 2
    high = (moment >> _COUNTER_BITS) << 16 | 0x7000 | (moment & _COUNTER_MASK)
    return UUID(int=high << 64 | 0b10 << _RANDOM_BITS | random)


def parse_uuid(text: str, field: str) -> UUID:
    """The UUID that `text` spells in its canonical 36 characters, in either case.

    Raises InvalidArgument naming `field` for anything else: UUID() alone would also take braces,
    "urn:uuid:" and missing hyphens, and one id would have several spellings.
    """
    if not _CANONICAL.fullmatch(text):
        raise InvalidArgument(field, "must be a UUID like 01890a5d-ac96-774b-bcce-b302099a8057")
    return UUID(text)
