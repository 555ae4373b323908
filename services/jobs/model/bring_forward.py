"""Time that passes at once, where the clock of a development stack is moved."""

from __future__ import annotations

from datetime import timedelta

from kit.database import DbWriter
from services.jobs.sql import statement


def bring_forward(db: DbWriter, by: timedelta) -> tuple[int, int]:
    """Makes all that is due later due so much earlier: how many jobs, and how many schedules tick.

    The ticker finds it at its next look. Jobs that only wait for their next attempt are among it.
    Leases and ages stay: no worker loses a job, and none is given up because of it. A schedule with
    a tick in the span ticks once, as after an outage.
    """
    jobs = db.execute(statement("bring_forward"), {"by": by})
    return jobs, db.execute(statement("tick_early"), {"by": by})
