"""Storing jobs, once for a key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from kit.aio_database import AsyncWriter
from kit.binary_arrays import Array, byteas, jsonbs, moments, smallints, texts
from kit.database import DbWriter
from kit.refusals import StoreUnavailable
from services.jobs.model.lanes import lock_lanes, try_lanes
from services.jobs.new_job import NewJob
from services.jobs.sql import statement

_ROUNDS: Final = 5


class Enqueued(NamedTuple):
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


async def enqueue_laneless(db: AsyncWriter, jobs: Sequence[NewJob]) -> list[Enqueued]:
    """The same for jobs in no lane, in one round trip where their keys are new."""
    firsts = _first_of_each(jobs)
    stored: dict[str, _Stored] = {}
    for _ in range(_ROUNDS):
        pending = [job for key, job in firsts.items() if key not in stored]
        if not pending:
            return _results(jobs, firsts, stored)
        rows = await db.call(_ENQUEUE, *columns_of(pending).values())
        if len(rows) == len(jobs):  # as nearly always: nobody knew any of them
            made = {key: (job_id, ready) for key, job_id, ready in rows}
            return [_new(*made[job.key]) for job in jobs]
        for key, job_id, ready in rows:
            stored[key] = _Stored(job_id, firsts[key].body_sha, created=True, ready=ready)
        unknown = [job.key for job in pending if job.key not in stored]
        if unknown:
            known = await db.call(_KNOWN, texts(unknown), planned_anew=True)
            for key, job_id, body_sha in known:
                stored[key] = _Stored(job_id, body_sha)
    raise StoreUnavailable


def insert(db: DbWriter, jobs: Sequence[NewJob]) -> list[Enqueued]:
    """The same, where the lanes are locked already."""
    firsts = _first_of_each(jobs)
    stored: dict[str, _Stored] = {}
    # Once is enough, unless a known key is pruned between the two statements.
    for _ in range(_ROUNDS):
        pending = [job for key, job in firsts.items() if key not in stored]
        if not pending:
            return _results(jobs, firsts, stored)
        stored |= _insert_new(db, pending)
        stored |= _known(db, [job.key for job in pending if job.key not in stored])
    raise StoreUnavailable


class _Stored(NamedTuple):
    """The first job of a key."""

    job_id: int
    body_sha: bytes
    created: bool = False
    ready: bool = False


_ENQUEUE: Final = b"SELECT key, id, ready FROM jobs.enqueue_jobs($1, $2, $3, $4, $5, $6, $7, $8)"
_KNOWN: Final = b"SELECT key, job_id, body_sha FROM jobs.job_keys WHERE key = ANY ($1)"


def _first_of_each(jobs: Sequence[NewJob]) -> dict[str, NewJob]:
    firsts: dict[str, NewJob] = {}
    for job in jobs:
        firsts.setdefault(job.key, job)
    return firsts


def columns_of(jobs: Sequence[NewJob]) -> dict[str, Array]:
    """New jobs in the order of the arguments of the function enqueue_jobs."""
    return {
        "keys": texts(job.key for job in jobs),
        "types": texts(job.type.name for job in jobs),
        "lanes": texts(job.lane for job in jobs),
        "priorities": smallints(job.type.priority for job in jobs),
        "run_ats": moments(job.run_time for job in jobs),
        "headers": jsonbs(job.headers for job in jobs),
        "payloads": byteas(job.payload for job in jobs),
        "body_shas": byteas(job.body_sha for job in jobs),
    }


def _insert_new(db: DbWriter, jobs: Sequence[NewJob]) -> dict[str, _Stored]:
    bodies = {job.key: job.body_sha for job in jobs}
    return {
        row.key: _Stored(row.id, bodies[row.key], created=True, ready=row.ready)
        for row in db.rows(statement("enqueue"), columns_of(jobs))
    }


def _known(db: DbWriter, keys: Sequence[str]) -> dict[str, _Stored]:
    if not keys:
        return {}
    rows = db.rows(statement("known_keys"), {"keys": texts(keys)})
    return {row.key: _Stored(row.job_id, bytes(row.body_sha)) for row in rows}


def _results(
    jobs: Sequence[NewJob], firsts: Mapping[str, NewJob], stored: Mapping[str, _Stored]
) -> list[Enqueued]:
    """The second of two items with one key meets the first one as a job that is known."""
    return [_result(job, stored[job.key], job is firsts[job.key]) for job in jobs]


def _new(job_id: int, ready: bool) -> Enqueued:
    return Enqueued(job_id, created=True, body_differs=False, ready=ready)


def _result(job: NewJob, stored: _Stored, is_first: bool) -> Enqueued:
    return Enqueued(
        job_id=stored.job_id,
        created=stored.created and is_first,
        body_differs=job.body_sha != stored.body_sha,
        ready=stored.ready and is_first,
    )
