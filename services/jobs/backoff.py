"""How long a job waits before its next attempt."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

FIRST: Final = timedelta(seconds=2)
LONGEST: Final = timedelta(hours=1)
# A fifth to either side: many jobs that failed together do not come back together.
SPREAD: Final = 0.2
_DOUBLINGS: Final = 11  # 2 s doubled eleven times is over the cap


def backoff(attempt: int, jitter: float, longest: timedelta = LONGEST) -> timedelta:
    """The wait after the attempt of this number: 2 s, doubling, at most an hour or `longest`.

    attempt: counts from 1; what is smaller counts as 1. jitter: from 0 up to 1, random.
    """
    doubled = FIRST * (1 << min(max(attempt - 1, 0), _DOUBLINGS))
    return min(doubled * (1 - SPREAD + 2 * SPREAD * jitter), longest)


def as_long_again(
    waited: timedelta, jitter: float, shortest: timedelta, longest: timedelta
) -> timedelta:
    """The wait after so long a wait in vain, for whoever counts no attempts: it doubles as well.

    jitter: from 0 up to 1, random.
    """
    spread = waited * (1 - SPREAD + 2 * SPREAD * jitter)
    return min(max(spread, shortest), longest)
