"""Time that passes at once, where the clock of a development stack is moved."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from kit.database import DbWriter
from services.jobs.sql import statement

TICKS_LAST: Final = ("sweep_reactivations",)
"""It goes through what `advance_journeys` plans at the same moment."""
WAIT_OF_THE_LAST: Final = timedelta(seconds=5)
"""A sweep over the few people of a development stack is over by then."""


def bring_forward(db: DbWriter, by: timedelta, moved_at: datetime | None = None) -> tuple[int, int]:
    """Makes all that is due later due so much earlier: how many jobs, and how many schedules tick.

    moved_at: when the clock was moved, by which whatever was stored later goes already; None: all.
    The ticker finds it at its next look. Jobs that only wait for their next attempt are among it.
    Leases and ages stay: no worker loses a job, and none is given up because of it. A schedule with
    a tick in the span ticks once, as after an outage.
    """
    jobs = db.execute(statement("bring_forward"), {"by": by, "moved_at": moved_at})
    last = {"last_types": list(TICKS_LAST), "wait": WAIT_OF_THE_LAST}
    return jobs, db.execute(statement("tick_early"), {"by": by, **last})
