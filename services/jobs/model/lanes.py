"""The locks of lanes.

Whoever adds to a lane or removes from it holds its lock, taken in a statement of its own before
any row is touched; without it a follower could be left behind with nobody to promote it. The order
is the same everywhere: lanes, then rows by id, then keys, each sorted.
"""

from __future__ import annotations

import zlib
from collections.abc import Collection, Iterable
from typing import Final

from kit.database import DbWriter
from services.jobs.sql import statement

# The first key of our two-key advisory locks; "lane" in ASCII.
LOCK_CLASS: Final = 0x6C616E65
# Advisory locks share one table of the server: some thousands in one transaction exhaust it for
# every session.
MOST_LANES: Final = 256


def lock_lanes(db: DbWriter, lanes: Iterable[str | None]) -> None:
    """Waits for the locks of these lanes and holds them until the transaction ends.

    Raises ValueError for more than MOST_LANES of them.
    """
    numbers = sorted({number_of(lane) for lane in lanes if lane is not None})
    if len(numbers) > MOST_LANES:
        raise ValueError(f"{len(numbers)} lanes in one transaction")
    if numbers:
        db.rows(statement("lock_lanes"), {"class": LOCK_CLASS, "lanes": numbers})


def try_lanes(db: DbWriter, lanes: Collection[str]) -> frozenset[str]:
    """Takes the locks of those lanes that are free now; which they are."""
    numbers = {lane: number_of(lane) for lane in lanes}
    if not numbers:
        return frozenset()
    wanted = sorted(set(numbers.values()))
    if len(wanted) > MOST_LANES:
        raise ValueError(f"{len(wanted)} lanes in one transaction")
    rows = db.rows(statement("try_lanes"), {"class": LOCK_CLASS, "lanes": wanted})
    held = {row.lane for row in rows if row.held}
    return frozenset(lane for lane, number in numbers.items() if number in held)


def number_of(lane: str) -> int:
    """The second key of a lane's lock, a signed 32-bit number. Two lanes may share one."""
    return int.from_bytes(zlib.crc32(lane.encode()).to_bytes(4), signed=True)
