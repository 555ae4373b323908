"""Moving what has become due to the live jobs, and mending lanes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from kit.database import DbReader, DbWriter
from services.jobs.model.lanes import MOST_LANES, lock_lanes, try_lanes
from services.jobs.model.move import promote
from services.jobs.sql import statement

# At most so many jobs move in one transaction: half of the lanes that one may lock.
PORTION: Final = MOST_LANES // 2


@dataclass(frozen=True, slots=True)
class Joined:
    """What has become due.

    ready: how many jobs of each type may be claimed now. moved: how many jobs moved. full: whether
    there may be more.
    """

    ready: Counter[str]
    moved: int
    full: bool


def join_due(db: DbWriter) -> Joined:
    """Moves scheduled jobs that are due to the live ones, each to the end of its lane.

    The longest due first. Those whose lane somebody else has at this moment stay for the next time:
    no lane holds up another.
    """
    rows = db.rows(statement("due"), {"limit": PORTION})
    free = try_lanes(db, {row.lane for row in rows if row.lane is not None})
    chosen = [row.id for row in rows if row.lane is None or row.lane in free]
    if not chosen:
        return Joined(Counter(), 0, full=False)
    moved = db.rows(statement("join"), {"ids": chosen, "early": False})
    ready = Counter(row.type for row in moved if not row.blocked)
    return Joined(ready, len(moved), full=len(rows) == PORTION)


def next_due(db: DbReader, *, schedules: bool) -> timedelta | None:
    """How long until the next job is due, or tick where `schedules` count; None: there is none."""
    remaining: timedelta | None = db.scalar(statement("next_due"), {"schedules": schedules})
    return remaining


def stuck_lanes(db: DbReader) -> list[str]:
    """Lanes that have followers and no head; a few of them. There should be none, ever."""
    rows = db.rows(statement("stuck_lanes"), {"limit": PORTION})
    return sorted(row.lane for row in rows)


def mend_lanes(db: DbWriter, lanes: list[str]) -> Counter[str]:
    """Gives those of the lanes a head that have followers and none; how many of each type."""
    lock_lanes(db, lanes)
    return promote(db, lanes)
