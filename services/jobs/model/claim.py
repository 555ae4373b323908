"""Leasing jobs to workers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from kit.database import AnyRow, DbReader, DbWriter
from services.jobs.job import Job, State
from services.jobs.sql import statement
from services.jobs.types import JOB_TYPES

Token = tuple[int, int]
"""A job's id and the number of a claim of it."""


@dataclass(frozen=True, slots=True)
class Slots:
    """Free places of a worker for jobs of some types."""

    types: tuple[str, ...]
    count: int


@dataclass(frozen=True, slots=True)
class LeasedJob:
    """A job with its lease.

    lease: from the claim on. age: since its first claim.
    """

    job: Job
    claim: int
    lease: timedelta
    headers: Mapping[str, str]
    age: timedelta


@dataclass(slots=True)
class Claims:
    """What a claim found.

    jobs: leased, the most urgent first. over: ids of jobs that must be ended instead of handed
    out. left: types of which there may be more. returned: types of jobs whose answer was lost.
    """

    jobs: list[LeasedJob] = field(default_factory=list)
    over: list[int] = field(default_factory=list)
    left: set[str] = field(default_factory=set)
    returned: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Extended:
    """A lease made whole again."""

    cancel_requested: bool
    lease: timedelta


def claim(db: DbWriter, worker: str, slots: Sequence[Slots], held: Collection[Token]) -> Claims:
    """Leases what is due to a worker, at most as many as it has places.

    held: every claim that the worker holds. What it was handed and does not hold comes from an
    answer that was lost: it is given back first, and its attempt with it.
    """
    claims = Claims()
    row = db.row(statement("handed_out"), {"worker": worker})
    handed: set[Token] = set(zip(row.job_ids, row.claims, strict=True)) if row else set()
    lost = handed.difference(held)
    if lost:
        claims.returned = _give_back(db, worker, sorted(lost))
    _lease(db, worker, _assign(_candidates(db, slots), slots, claims), claims)
    if claims.jobs or lost:
        kept = sorted((handed - lost) | {(each.job.job_id, each.claim) for each in claims.jobs})
        arguments = {
            "worker": worker,
            "ids": [job_id for job_id, _ in kept],
            "claims": [number for _, number in kept],
        }
        db.execute(statement("hand_out"), arguments)
    return claims


def give_back(db: DbWriter, worker: str, tokens: Collection[Token]) -> Counter[str]:
    """Ends leases whose answer could not be delivered; how many jobs of each type are free now."""
    return _give_back(db, worker, sorted(tokens)) if tokens else Counter()


def extend(db: DbWriter, tokens: Collection[Token]) -> dict[Token, Extended]:
    """Makes leases whole again; those that are missing from the answer were lost."""
    known = list(JOB_TYPES.values())
    arguments = {
        "ids": [job_id for job_id, _ in tokens],
        "claims": [number for _, number in tokens],
        "types": [job_type.name for job_type in known],
        "leases": [job_type.lease for job_type in known],
    }
    rows = db.rows(statement("extend"), arguments) if tokens else ()
    return {(row.id, row.claim): Extended(row.cancel_requested, row.lease) for row in rows}


def ready_types(db: DbReader, types: Collection[str]) -> Counter[str]:
    """How many jobs of each type may be claimed now, counted up to a hundred."""
    rows = db.rows(statement("ready"), {"types": sorted(types)})
    return Counter({row.type: row.ready for row in rows})


def forget_workers(db: DbWriter) -> int:
    """Drops what is remembered of workers that were not seen for a day; how many."""
    return db.execute(statement("forget_workers"))


def _give_back(db: DbWriter, worker: str, tokens: Sequence[Token]) -> Counter[str]:
    arguments = {
        "worker": worker,
        "ids": [job_id for job_id, _ in tokens],
        "claims": [number for _, number in tokens],
    }
    return Counter(row.type for row in db.rows(statement("give_back"), arguments))


@dataclass(frozen=True, slots=True)
class _Candidate:
    job_id: int
    type: str
    run_at: datetime
    over: bool

    @property
    def urgency(self) -> tuple[int, datetime, int]:
        return (JOB_TYPES[self.type].priority, self.run_at, self.job_id)


def _candidates(db: DbReader, slots: Sequence[Slots]) -> list[_Candidate]:
    """What may be claimed, by urgency; types that this version does not know are left alone."""
    wanted: Counter[str] = Counter()
    for group in slots:
        wanted.update({name: group.count for name in set(group.types) if name in JOB_TYPES})
    rules = [JOB_TYPES[name] for name in sorted(wanted)]
    arguments: Mapping[str, Any] = {
        "types": [rule.name for rule in rules],
        "wanted": [wanted[rule.name] for rule in rules],
        "attempts": [rule.give_up.attempts for rule in rules],
        "ages": [rule.give_up.age for rule in rules],
    }
    found = [_Candidate(*row) for row in db.rows(statement("candidates"), arguments)]
    return sorted(found, key=lambda candidate: candidate.urgency)


def _assign(
    candidates: Sequence[_Candidate], slots: Sequence[Slots], claims: Claims
) -> list[_Candidate]:
    """Gives each job to the first class of places that takes its type and has one left."""
    room = [group.count for group in slots]
    chosen = []
    for candidate in candidates:
        if candidate.over:
            claims.over.append(candidate.job_id)
            continue
        for index, group in enumerate(slots):
            if room[index] and candidate.type in group.types:
                room[index] -= 1
                chosen.append(candidate)
                break
        else:
            claims.left.add(candidate.type)
    # A class that is full may have hidden more of its types behind its limit.
    for index, group in enumerate(slots):
        if not room[index]:
            claims.left.update({each.type for each in chosen}.intersection(group.types))
    return chosen


def _lease(db: DbWriter, worker: str, chosen: Sequence[_Candidate], claims: Claims) -> None:
    if not chosen:
        return
    types = sorted({candidate.type for candidate in chosen})
    arguments = {
        "worker": worker,
        "ids": [candidate.job_id for candidate in chosen],
        "types": types,
        "leases": [JOB_TYPES[name].lease for name in types],
    }
    rows = {row.id: row for row in db.rows(statement("claim"), arguments)}
    claims.jobs = [_leased(rows[each.job_id]) for each in chosen if each.job_id in rows]
    claims.left |= {each.type for each in chosen if each.job_id not in rows}


def _leased(row: AnyRow) -> LeasedJob:
    job = Job(
        job_id=row.id,
        key=row.key,
        type=row.type,
        lane=row.lane,
        state=State.RUNNING,
        priority=row.priority,
        attempt=row.attempt,
        run_time=row.run_at,
        finish_time=None,
        last_error=row.last_error,
        create_time=row.created_at,
        cancel_requested=False,
        payload=bytes(row.payload),
    )
    return LeasedJob(job, row.claim, row.lease, row.headers or {}, row.age)
