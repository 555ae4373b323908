"""Storing jobs, once for a key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from kit.database import DbWriter
from kit.refusals import StoreUnavailable
from services.jobs.model.lanes import lock_lanes, try_lanes
from services.jobs.new_job import NewJob
from services.jobs.sql import statement

_ROUNDS: Final = 5


@dataclass(frozen=True, slots=True)
class Enqueued:
    """What became of a new job.

    job_id: of the first job with the key. created: whether that is this one. body_differs: the key
    was known with another payload. ready: it is new and may be claimed at once.
    """

    job_id: int
    created: bool
    body_differs: bool
    ready: bool


def enqueue(db: DbWriter, jobs: Sequence[NewJob]) -> list[Enqueued]:
    """Stores the jobs and says what became of each, in order. Waits for their lanes.

    At most lanes.MOST_LANES different lanes.
    """
    lock_lanes(db, {job.lane for job in jobs})
    return insert(db, jobs)


def enqueue_free(db: DbWriter, jobs: Sequence[NewJob]) -> list[Enqueued | None]:
    """The same, but waits for no lane: None, and not stored, where somebody else has it."""
    free = try_lanes(db, {job.lane for job in jobs if job.lane is not None})
    able = [job for job in jobs if job.lane is None or job.lane in free]
    results = iter(insert(db, able))
    return [next(results) if job.lane is None or job.lane in free else None for job in jobs]


def insert(db: DbWriter, jobs: Sequence[NewJob]) -> list[Enqueued]:
    """The same, where the lanes are locked already."""
    firsts: dict[str, NewJob] = {}
    for job in jobs:
        firsts.setdefault(job.key, job)
    stored: dict[str, _Stored] = {}
    # Once is enough, unless a known key is pruned between the two statements.
    for _ in range(_ROUNDS):
        pending = [job for key, job in firsts.items() if key not in stored]
        if not pending:
            return [_result(job, stored[job.key], job is firsts[job.key]) for job in jobs]
        stored |= _insert_new(db, pending)
        stored |= _known(db, [job.key for job in pending if job.key not in stored])
    raise StoreUnavailable


@dataclass(frozen=True, slots=True)
class _Stored:
    """The first job of a key."""

    job_id: int
    body_sha: bytes
    created: bool = False
    ready: bool = False


def _insert_new(db: DbWriter, jobs: Sequence[NewJob]) -> dict[str, _Stored]:
    columns: Mapping[str, Any] = {
        "keys": [job.key for job in jobs],
        "types": [job.type.name for job in jobs],
        "lanes": [job.lane for job in jobs],
        "priorities": [job.type.priority for job in jobs],
        "run_ats": [job.run_time for job in jobs],
        "headers": [job.headers for job in jobs],
        "payloads": [job.payload for job in jobs],
        "body_shas": [job.body_sha for job in jobs],
    }
    bodies = {job.key: job.body_sha for job in jobs}
    return {
        row.key: _Stored(row.id, bodies[row.key], created=True, ready=row.ready)
        for row in db.rows(statement("enqueue"), columns)
    }


def _known(db: DbWriter, keys: Sequence[str]) -> dict[str, _Stored]:
    if not keys:
        return {}
    rows = db.rows(statement("known_keys"), {"keys": keys})
    return {row.key: _Stored(row.job_id, bytes(row.body_sha)) for row in rows}


def _result(job: NewJob, stored: _Stored, is_first: bool) -> Enqueued:
    """The second of two items with one key meets the first one as a job that is known."""
    return Enqueued(
        job_id=stored.job_id,
        created=stored.created and is_first,
        body_differs=job.body_sha != stored.body_sha,
        ready=stored.ready and is_first,
    )
