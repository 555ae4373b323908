"""Leasing jobs to workers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache
from typing import Final, NamedTuple

from kit.aio_database import AsyncWriter
from kit.binary_arrays import Array, bigints, integers, intervals, smallints, texts
from kit.database import DbReader, DbWriter
from services.jobs.sql import statement
from services.jobs.types import JOB_TYPES

Token = tuple[int, int]
"""A job's id and the number of a claim of it."""


@dataclass(frozen=True, slots=True)
class Slots:
    """Free places of a worker for jobs of some types."""

    types: tuple[str, ...]
    count: int


class LeasedJob(NamedTuple):
    """A job with its lease, as it is told to the worker.

    run_time, create_time: microseconds since kit.columns.TO_2000. age: since its first claim,
    microseconds. headers: None where there are none.
    """

    job_id: int
    type: str
    claim: int
    key: str
    lane: str | None
    priority: int
    run_time: int
    attempt: int
    last_error: str
    headers: Mapping[str, str] | None
    payload: bytes
    create_time: int
    age: int

    @property
    def lease(self) -> timedelta:
        """From the claim on."""
        return JOB_TYPES[self.type].lease


@dataclass(slots=True)
class Claims:
    """What a claim found.

    jobs: leased, the most urgent first. over: ids of jobs that must be ended instead of handed
    out. left: types of which there may be more. lost: claims that the answer before this one handed
    out and that the worker does not hold; while there are any, nothing is leased. outdated: a newer
    call of the worker's was there, and nothing is leased or lost.
    """

    jobs: list[LeasedJob] = field(default_factory=list)
    over: list[int] = field(default_factory=list)
    left: set[str] = field(default_factory=set)
    lost: list[Token] = field(default_factory=list)
    outdated: bool = False


@dataclass(frozen=True, slots=True)
class Extended:
    """A lease made whole again."""

    cancel_requested: bool
    lease: timedelta


_CLAIM: Final = (
    b"SELECT kind, id, type, claim, key, lane, priority, run_at, attempt, last_error, headers,"
    b" payload, created_at, age"
    b" FROM jobs.claim_for_poll($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
)


async def claim(
    db: AsyncWriter,
    worker: str,
    slots: Sequence[Slots],
    held: Collection[Token],
    poll: int = 0,
) -> Claims:
    """Leases what is due to a worker, at most as many jobs as it has places.

    Each class of places in turn takes what is the most urgent of its types. held: every claim that
    the worker holds. poll: number of its call, which only grows; 0 where it numbers none.
    """
    claims = Claims()
    known = list(held)
    # Without a place there still may be something that was lost.
    for group in slots or (Slots((), 0),):
        rows = await db.call(
            _CLAIM,
            worker.encode(),
            str(poll).encode(),
            str(group.count).encode(),
            b"true" if claims.jobs else b"false",
            bigints(job_id for job_id, _ in known),
            bigints(number for _, number in known),
            *_rules(group.types),
        )
        claims.lost = [(row[1], row[3]) for row in rows if row[0] == "lost"]
        claims.outdated = any(row[0] == "old" for row in rows)
        if claims.lost or claims.outdated:
            break
        leased = [LeasedJob(*row[1:]) for row in rows if row[0] == "leased"]
        claims.jobs += leased
        claims.over += [row[1] for row in rows if row[0] == "over"]
        known += [(job.job_id, job.claim) for job in leased]
        if len(rows) >= group.count:  # its limit may have hidden more
            claims.left.update(group.types)
    if len(slots) > 1:
        claims.jobs.sort(key=lambda job: (job.priority, job.run_time, job.job_id))
    return claims


def give_back(db: DbWriter, worker: str, tokens: Collection[Token]) -> Counter[str]:
    """Ends leases whose answer was not received; how many jobs of each type are free now."""
    if not tokens:
        return Counter()
    arguments = {"worker": worker, **_columns(sorted(tokens))}
    return Counter(row.type for row in db.rows(statement("give_back"), arguments))


def extend(db: DbWriter, tokens: Collection[Token]) -> dict[Token, Extended]:
    """Makes leases whole again; those that are missing from the answer were lost."""
    if not tokens:
        return {}
    known = list(JOB_TYPES.values())
    arguments = {
        **_columns(tokens),
        "types": texts(job_type.name for job_type in known),
        "leases": intervals(job_type.lease for job_type in known),
    }
    rows = db.rows(statement("extend"), arguments)
    return {(row.id, row.claim): Extended(row.cancel_requested, row.lease) for row in rows}


def ready_types(db: DbReader, types: Collection[str]) -> Counter[str]:
    """How many jobs of each type may be claimed now, counted up to a hundred."""
    rows = db.rows(statement("ready"), {"types": sorted(types)})
    return Counter({row.type: row.ready for row in rows})


def forget_workers(db: DbWriter) -> int:
    """Drops what is remembered of workers that were not seen for a day; how many."""
    return db.execute(statement("forget_workers"))


def _columns(tokens: Collection[Token]) -> dict[str, Array]:
    return {
        "ids": bigints(job_id for job_id, _ in tokens),
        "claims": bigints(number for _, number in tokens),
    }


@lru_cache(maxsize=64)
def _rules(names: tuple[str, ...]) -> tuple[Array, ...]:
    """What the function needs to know of types; those that this version does not know are left
    alone."""
    rules = [JOB_TYPES[name] for name in sorted(set(names)) if name in JOB_TYPES]
    return (
        texts(rule.name for rule in rules),
        smallints(rule.priority for rule in rules),
        intervals(rule.lease for rule in rules),
        integers(rule.give_up.attempts for rule in rules),
        intervals(rule.give_up.age for rule in rules),
    )
