"""Moving jobs between their tables; rows and lanes are locked by whoever calls."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from google.protobuf.message import DecodeError

from kit.database import DbReader, DbWriter
from kit.logging import get_logger
from kit.refusals import InvalidArgument
from protos.jobs.v1.payloads_pb2 import JobPayload
from services.jobs.job_type import SpentJob
from services.jobs.new_job import NewJob, parse_new_job
from services.jobs.settlement import EXPIRED, Claimed, Die, Expire, Finish, Wait
from services.jobs.sql import statement
from services.jobs.types import JOB_TYPES

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class LiveJob:
    """A row of the live jobs, as far as decisions need it.

    leased: some worker's claim was not settled. running: and its lease has not run out.
    """

    job_id: int
    key: str
    type: str
    lane: str | None
    claim: int
    settled_claim: int
    attempt: int
    blocked: bool
    cancel_requested: bool
    leased: bool
    running: bool
    age: timedelta | None

    @property
    def claimed(self) -> Claimed:
        """What `verdict_of` wants to know."""
        return Claimed(self.type, self.attempt, self.age, self.cancel_requested)


def peek(db: DbReader, job_ids: Sequence[int]) -> dict[int, LiveJob]:
    """Live jobs by id, not locked."""
    rows = db.rows(statement("peek_jobs"), {"ids": job_ids})
    return {row.id: LiveJob(*row) for row in rows}


def lock(db: DbWriter, job_ids: Sequence[int]) -> dict[int, LiveJob]:
    """Live jobs by id, locked in the order of their ids."""
    rows = db.rows(statement("lock_jobs"), {"ids": job_ids})
    return {row.id: LiveJob(*row) for row in rows}


def follow_ups_of_spent(db: DbReader, jobs: Sequence[LiveJob]) -> dict[int, list[NewJob]]:
    """By id, what the types of these jobs want to be stored when they are given up."""
    if not jobs:
        return {}
    rows = db.rows(statement("payloads"), {"ids": [job.job_id for job in jobs]})
    payloads = {row.id: bytes(row.payload) for row in rows}
    return {
        job.job_id: _when_spent(job, payloads[job.job_id]) for job in jobs if job.job_id in payloads
    }


def _when_spent(job: LiveJob, payload: bytes) -> list[NewJob]:
    known = JOB_TYPES.get(job.type)
    if known is None:
        return []
    try:
        spent = SpentJob(job.job_id, job.key, job.type, JobPayload.FromString(payload))
        return [parse_new_job(message) for message in known.when_spent(spent)]
    except (DecodeError, InvalidArgument):
        # It must not stay alive because of a payload that nobody can read.
        log.error("when_spent_failed", job_id=job.job_id, type=job.type)
        return []


def finish(
    db: DbWriter, ended: Sequence[tuple[LiveJob, Finish | Expire]], *, settled: bool
) -> None:
    """Moves jobs to the finished ones. settled: their claims said so."""
    if not ended:
        return
    arguments = {
        "ids": [job.job_id for job, _ in ended],
        "states": [
            "cancelled" if isinstance(end, Finish) and end.cancelled else "completed"
            for _, end in ended
        ],
        "results": [EXPIRED if isinstance(end, Expire) else end.result for _, end in ended],
        "reasons": [end.reason if isinstance(end, Expire) else "" for _, end in ended],
        "settled": [settled] * len(ended),
    }
    db.execute(statement("archive"), arguments)
    record_errors(db, [(job, end.reason) for job, end in ended if isinstance(end, Expire)])


def bury(db: DbWriter, dying: Sequence[tuple[LiveJob, Die]], *, settled: bool) -> None:
    """Moves jobs to the dead letters. settled: their claims said so."""
    if not dying:
        return
    arguments = {
        "ids": [job.job_id for job, _ in dying],
        "reasons": [death.reason for _, death in dying],
        "settled": [settled] * len(dying),
    }
    db.execute(statement("bury"), arguments)
    record_errors(db, [(job, death.reason) for job, death in dying])


def wait(db: DbWriter, waiting: Sequence[tuple[LiveJob, Wait]]) -> None:
    """Ends claims of jobs that are due again later, in their lane or out of it."""
    for name, stays in (("wait", True), ("postpone", False)):
        chosen = [(job, pause) for job, pause in waiting if pause.stays is stays]
        if chosen:
            arguments = {
                "ids": [job.job_id for job, _ in chosen],
                "delays": [pause.delay for _, pause in chosen],
                "refunds": [pause.refund for _, pause in chosen],
                "reasons": [pause.reason for _, pause in chosen],
            }
            db.execute(statement(name), arguments)
    record_errors(db, [(job, pause.reason) for job, pause in waiting if pause.failed])


def promote(db: DbWriter, lanes: Iterable[str | None]) -> Counter[str]:
    """Makes the next job of each lane its head, where it has none; how many of each type."""
    names = sorted({lane for lane in lanes if lane is not None})
    if not names:
        return Counter()
    return Counter(row.type for row in db.rows(statement("promote"), {"lanes": names}))


def record_errors(db: DbWriter, failed: Sequence[tuple[LiveJob, str]]) -> None:
    """Adds to the history of errors, where there is one to add."""
    told = [(job, reason) for job, reason in failed if reason]
    if not told:
        return
    arguments = {
        "ids": [job.job_id for job, _ in told],
        "claims": [job.claim for job, _ in told],
        "attempts": [job.attempt for job, _ in told],
        "reasons": [reason for _, reason in told],
    }
    db.execute(statement("record_errors"), arguments)
