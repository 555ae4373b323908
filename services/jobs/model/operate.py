"""What operators do to single jobs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from kit.database import DbWriter
from kit.refusals import StoreUnavailable
from services.jobs.job import Job, State
from services.jobs.model.lanes import lock_lanes
from services.jobs.model.move import finish, lock, promote
from services.jobs.model.read import job_by_id
from services.jobs.refusals import JobEnded, JobNotFound, JobNotRetryable
from services.jobs.settlement import Finish
from services.jobs.sql import statement

# A job may move from table to table while it is looked for: then it is looked for again.
_ROUNDS: Final = 5
_ENDED: Final = frozenset({State.COMPLETED, State.DEAD, State.CANCELLED})


@dataclass(frozen=True, slots=True)
class Operated:
    """The job after it, and how many jobs of each type may be claimed now because of it."""

    job: Job
    ready: Counter[str]


def cancel(db: DbWriter, job_id: int) -> Operated:
    """Ends a job that nobody runs, and asks one that runs to stop. Repeating it changes nothing.

    Raises JobNotFound, and JobEnded for one that ended otherwise.
    """
    ready = _until_found(db, job_id, _cancel, _ENDED)
    job = _job(db, job_id)
    if ready is None and job.state is not State.CANCELLED:
        raise JobEnded({"state": job.state.value})
    return Operated(job, ready or Counter())


def retry(db: DbWriter, job_id: int) -> Operated:
    """Brings a dead job back to the end of its lane, attempts and age anew, or makes one that
    waits for its time due now. One that is due stays as it is.

    Raises JobNotFound, and JobNotRetryable for one that is running, done or canceled.
    """
    ready = _until_found(db, job_id, _retry, _ENDED - {State.DEAD})
    job = _job(db, job_id)
    if ready is None:
        raise JobNotRetryable({"state": job.state.value})
    return Operated(job, ready)


def _until_found(
    db: DbWriter,
    job_id: int,
    act: Callable[[DbWriter, int], Counter[str] | None],
    final: frozenset[State],
) -> Counter[str] | None:
    """Locks the job's lane, then lets `act` find the job; None where it is in a final state."""
    lane = db.row(statement("lane_of"), {"id": job_id})
    if lane is not None:
        lock_lanes(db, [lane.lane])
    for _ in range(_ROUNDS):
        ready = act(db, job_id)
        if ready is not None or _job(db, job_id).state in final:
            return ready
    raise StoreUnavailable


def _cancel(db: DbWriter, job_id: int) -> Counter[str] | None:
    job = lock(db, [job_id]).get(job_id)
    if job is None:
        was_scheduled = db.execute(statement("cancel_scheduled"), {"id": job_id}) > 0
        return Counter() if was_scheduled else None
    if job.running:
        db.execute(statement("request_cancel"), {"id": job_id})
        return Counter()
    finish(db, [(job, Finish(cancelled=True))], settled=False)
    return promote(db, [job.lane])


def _retry(db: DbWriter, job_id: int) -> Counter[str] | None:
    job = lock(db, [job_id]).get(job_id)
    if job is not None and job.running:
        raise JobNotRetryable({"state": State.RUNNING.value})
    if job is not None:
        rows = db.rows(statement("hasten"), {"id": job_id})
    else:
        rows = db.rows(statement("revive"), {"id": job_id})
        rows = rows or db.rows(statement("join"), {"ids": [job_id], "early": True})
        if not rows:
            return None
    return Counter(row.type for row in rows if not row.blocked)


def _job(db: DbWriter, job_id: int) -> Job:
    job = job_by_id(db, job_id)
    if job is None:
        raise JobNotFound
    return job
