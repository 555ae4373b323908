"""Storing one job and leasing it to a worker that waits, in one transaction."""

from __future__ import annotations

import json
from collections.abc import Collection
from functools import lru_cache
from typing import Final, NamedTuple

from kit.aio_database import AsyncWriter
from kit.binary_arrays import Array, bigints, bytea, texts
from services.jobs.model.claim import LeasedJob, Token
from services.jobs.model.enqueue import Enqueued, enqueue_laneless
from services.jobs.new_job import NewJob
from services.jobs.types import JOB_TYPES

_FIRST_CLAIM: Final = 1


class Taker(NamedTuple):
    """A worker that waits for jobs.

    types: that it has free places for. held: every claim that it holds. poll: number of its call.
    """

    worker: str
    types: tuple[str, ...]
    held: Collection[Token]
    poll: int = 0


_ENQUEUE: Final = (
    b"SELECT id, leased, stored_at"
    b" FROM jobs.enqueue_for_poll($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"
)
_NOBODY: Final = (None, None, None, None, None, None)


def is_plain(job: NewJob) -> bool:
    """Whether a job is one that `enqueue_one` stores: due at once, in no lane."""
    return job.lane is None and job.run_time is None


async def enqueue_one(
    db: AsyncWriter, job: NewJob, taker: Taker | None
) -> tuple[Enqueued, LeasedJob | None]:
    """Stores a plain job; with its lease where the taker was given it.

    It is not where a claim of the taker's would give it another job first, or none. What it is
    given is no `ready` job.
    """
    rows = await db.call(
        _ENQUEUE,
        job.key.encode(),
        job.type.name.encode(),
        str(job.type.priority).encode(),
        None if job.headers is None else job.headers.encode(),
        bytea(job.payload),
        bytea(job.body_sha),
        *(_NOBODY if taker is None else _rules(job, taker)),
    )
    if not rows:  # the key is known
        [known] = await enqueue_laneless(db, [job])
        return known, None
    [(job_id, leased, stored_at)] = rows
    made = Enqueued(job_id, created=True, body_differs=False, ready=not leased)
    return made, _leased(job, job_id, stored_at) if leased else None


def _rules(job: NewJob, taker: Taker) -> tuple[bytes | Array, ...]:
    return (
        taker.worker.encode(),
        str(taker.poll).encode(),
        _lease(job.type.name),
        _ahead(job.type.name, taker.types),
        bigints(job_id for job_id, _ in taker.held),
        bigints(number for _, number in taker.held),
    )


@lru_cache(maxsize=64)
def _lease(name: str) -> bytes:
    return f"{JOB_TYPES[name].lease.total_seconds()} s".encode()


@lru_cache(maxsize=1024)
def _ahead(name: str, types: tuple[str, ...]) -> Array:
    """The types whose jobs a claim takes before a new one of this type, its own among them."""
    return texts(
        each
        for each in sorted(set(types))
        if each in JOB_TYPES and JOB_TYPES[each].priority <= JOB_TYPES[name].priority
    )


def _leased(job: NewJob, job_id: int, stored_at: int) -> LeasedJob:
    return LeasedJob(
        job_id=job_id,
        type=job.type.name,
        claim=_FIRST_CLAIM,
        key=job.key,
        lane=None,
        priority=job.type.priority,
        run_time=stored_at,
        attempt=1,
        last_error="",
        headers=None if job.headers is None else json.loads(job.headers),
        payload=job.payload,
        create_time=stored_at,
        age=0,
    )
