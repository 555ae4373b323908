"""Whether another's clock agrees with ours."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

from respite.doctor.finding import Finding, bad, ok, warn

# Stripe's signatures are refused when they are older than 300 s, in either direction.
_MOST: Final = timedelta(seconds=60)
_NOTICED: Final = timedelta(seconds=2)
_SECOND: Final = timedelta(seconds=1)
_FIX: Final = "let both machines keep time by NTP (chrony, systemd-timesyncd)"


def ahead_of_us(date: str) -> timedelta | None:
    """How far the clock is ahead that wrote this Date header; None where it is no date."""
    try:
        told = parsedate_to_datetime(date)
    except ValueError:
        return None
    return (told if told.tzinfo else told.replace(tzinfo=UTC)) - datetime.now(UTC)


def of_clock(check: str, ahead: timedelta, *, to_the_second: bool = False) -> Iterator[Finding]:
    """ahead: how far it is ahead of ours. to_the_second: it tells no more of its time."""
    off = abs(ahead) - (_SECOND if to_the_second else timedelta(0))
    direction = "ahead of" if ahead > timedelta(0) else "behind"
    said = f"{abs(ahead).total_seconds():.1f} s {direction} ours"
    if off > _MOST:
        yield bad(check, said, _FIX)
    elif off > _NOTICED:
        yield warn(check, said, _FIX)
    else:
        yield ok(check, "agrees with ours")
