"""Settling claims: whatever follows from an end is in one transaction with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Final, NamedTuple

from kit.aio_database import AsyncWriter
from kit.binary_arrays import bigints, texts
from kit.database import DbReader, DbWriter
from services.jobs.model.enqueue import Enqueued, insert
from services.jobs.model.lanes import lock_lanes
from services.jobs.model.move import (
    LiveJob,
    bury,
    finish,
    follow_ups_of_spent,
    lock,
    peek,
    promote,
    wait,
)
from services.jobs.new_job import NewJob
from services.jobs.settlement import (
    LOST_LEASE,
    MOST_OF_RESULT,
    Complete,
    Die,
    Finish,
    Settlement,
    Verdict,
    Wait,
    is_spent,
    verdict_of,
)
from services.jobs.sql import statement


class Result(StrEnum):
    """What a settlement did."""

    DONE = "done"
    ALREADY = "already"
    BURIED = "buried"
    CANCELLED = "cancelled"
    STALE = "stale"


@dataclass(slots=True)
class Settled:
    """What a transaction of settlements did.

    results: one for each settlement, in order. types: of their jobs, "" where the job is not live.
    ready: how many jobs of each type may be claimed now because of it. later: types of jobs that
    may be claimed after a wait of at most settlement.LONGEST_STAY. follow_ups: what became of them.
    dead: how many jobs of each type went to the dead letters. ended: ids of the jobs that
    `complete` has ended.
    """

    results: list[Result] = field(default_factory=list)
    types: list[str] = field(default_factory=list)
    ready: Counter[str] = field(default_factory=Counter)
    later: list[tuple[str, timedelta]] = field(default_factory=list)
    follow_ups: list[tuple[NewJob, Enqueued]] = field(default_factory=list)
    dead: Counter[str] = field(default_factory=Counter)
    ended: frozenset[int] = frozenset()


_COMPLETE: Final = b"SELECT id, type FROM jobs.complete_jobs($1, $2, $3)"


class Ended(NamedTuple):
    """The end of a claim that is nothing but done. result: a short word."""

    job_id: int
    claim: int
    result: str


async def complete(db: AsyncWriter, ended: Sequence[Ended]) -> Settled:
    """Ends those claims well that can be ended by one call: jobs in no lane, whose claims are
    current. The others, each of another job too, are `settle`'s.
    """
    ordered = sorted(ended)
    rows = await db.call(
        _COMPLETE,
        bigints(end.job_id for end in ordered),
        bigints(end.claim for end in ordered),
        texts(end.result[:MOST_OF_RESULT] for end in ordered),
    )
    return Settled(
        results=[Result.DONE] * len(rows),
        types=[name for _, name in rows],
        ended=frozenset(job_id for job_id, _ in rows),
    )


def settle(db: DbWriter, settlements: Sequence[Settlement], jitter: Callable[[], float]) -> Settled:
    """Ends claims, each of another job: at most lanes.MOST_LANES lanes.

    A settlement by an old claim changes nothing and stores no follow-up. One whose lease has run
    out counts, as long as nobody else has claimed the job: the work is done.
    """
    ids = [settlement.job_id for settlement in settlements]
    draws = {settlement.job_id: jitter() for settlement in settlements}
    # Once without locks, to learn the lanes; a claim that holds now and then is the same decision
    # both times, because all statements of a transaction have one now().
    expected = _verdicts(settlements, peek(db, ids), draws)
    when_spent = follow_ups_of_spent(
        db, [job for job, verdict in expected.values() if isinstance(verdict, Die)]
    )
    lock_lanes(db, _lanes(settlements, expected, when_spent))
    live = lock(db, ids)
    verdicts = _verdicts(settlements, live, draws)
    report = Settled()
    _apply(db, list(verdicts.values()), report)
    _store_follow_ups(db, settlements, verdicts, when_spent, report)
    report.results = _results(db, settlements, live, verdicts)
    report.types = [live[job_id].type if job_id in live else "" for job_id in ids]
    return report


def bury_spent(db: DbWriter, job_ids: Sequence[int]) -> Settled:
    """Gives up those of the jobs that are spent and that nobody runs, whose workers are dead.

    job_ids: at most half of lanes.MOST_LANES. Those that were asked to stop end as canceled.
    """
    seen = {job_id: job for job_id, job in peek(db, job_ids).items() if _is_over(job)}
    when_spent = follow_ups_of_spent(db, list(seen.values()))
    wanted = {job.lane for follow_ups in when_spent.values() for job in follow_ups}
    lock_lanes(db, wanted | {job.lane for job in seen.values()})
    over = [job for job in lock(db, list(seen)).values() if _is_over(job)]
    dying = [
        (job, Die(LOST_LEASE if job.leased else "", asked=False))
        for job in over
        if not job.cancel_requested
    ]
    stopped = [(job, Finish(cancelled=True)) for job in over if job.cancel_requested]
    finish(db, stopped, settled=False)
    bury(db, dying, settled=False)
    report = Settled(
        results=[Result.CANCELLED if job.cancel_requested else Result.BURIED for job in over],
        types=[job.type for job in over],
        ready=promote(db, (job.lane for job in over)),
        dead=Counter(job.type for job, _ in dying),
    )
    _insert(db, [new for job, _ in dying for new in when_spent[job.job_id]], report)
    return report


def _is_over(job: LiveJob) -> bool:
    return (
        not job.running
        and not job.blocked
        and (job.cancel_requested or is_spent(job.type, job.attempt, job.age))
    )


_Decided = Mapping[int, tuple[LiveJob, Verdict]]


def _verdicts(
    settlements: Sequence[Settlement], live: Mapping[int, LiveJob], draws: Mapping[int, float]
) -> _Decided:
    """By job id what becomes of those jobs whose claim holds."""
    verdicts = {}
    for settlement in settlements:
        job = live.get(settlement.job_id)
        if job is not None and job.leased and job.claim == settlement.claim:
            verdict = verdict_of(settlement.outcome, job.claimed, draws[job.job_id])
            verdicts[job.job_id] = (job, verdict)
    return verdicts


def _lanes(
    settlements: Sequence[Settlement],
    expected: _Decided,
    when_spent: Mapping[int, Sequence[NewJob]],
) -> set[str | None]:
    lanes = {job.lane for job, _ in expected.values()}
    lanes |= {job.lane for follow_ups in when_spent.values() for job in follow_ups}
    for settlement in settlements:
        if isinstance(settlement.outcome, Complete):
            lanes |= {job.lane for job in settlement.outcome.follow_ups}
    return lanes


def _apply(db: DbWriter, decided: Sequence[tuple[LiveJob, Verdict]], report: Settled) -> None:
    finish(db, [(job, end) for job, end in decided if isinstance(end, Finish)], settled=True)
    bury(db, [(job, end) for job, end in decided if isinstance(end, Die)], settled=True)
    waiting = [(job, end) for job, end in decided if isinstance(end, Wait)]
    wait(db, waiting)
    report.dead = Counter(job.type for job, end in decided if isinstance(end, Die))
    report.later = [(job.type, pause.delay) for job, pause in waiting if pause.stays]
    gone = [job.lane for job, end in decided if not (isinstance(end, Wait) and end.stays)]
    report.ready += promote(db, gone)


def _store_follow_ups(
    db: DbWriter,
    settlements: Sequence[Settlement],
    verdicts: _Decided,
    when_spent: Mapping[int, Sequence[NewJob]],
    report: Settled,
) -> None:
    new: list[NewJob] = []
    for settlement in settlements:
        _, verdict = verdicts.get(settlement.job_id, (None, None))
        if isinstance(verdict, Die):
            new.extend(when_spent[settlement.job_id])
        elif verdict is not None and isinstance(settlement.outcome, Complete):
            new.extend(settlement.outcome.follow_ups)
    _insert(db, new, report)


def _insert(db: DbWriter, new: Sequence[NewJob], report: Settled) -> None:
    if new:
        report.follow_ups = list(zip(new, insert(db, new), strict=True))
        report.ready += Counter(job.type.name for job, made in report.follow_ups if made.ready)


def _results(
    db: DbReader,
    settlements: Sequence[Settlement],
    live: Mapping[int, LiveJob],
    verdicts: _Decided,
) -> list[Result]:
    gone = [settlement.job_id for settlement in settlements if settlement.job_id not in live]
    rows = db.rows(statement("settled"), {"ids": gone}) if gone else ()
    last = {row.id: row.settled_claim for row in rows}
    last |= {job.job_id: job.settled_claim for job in live.values()}
    return [_result(settlement, verdicts, last) for settlement in settlements]


def _result(settlement: Settlement, verdicts: _Decided, last: Mapping[int, int]) -> Result:
    if settlement.job_id not in verdicts:
        repeated = last.get(settlement.job_id) == settlement.claim
        return Result.ALREADY if repeated else Result.STALE
    _, verdict = verdicts[settlement.job_id]
    match verdict:
        case Finish(cancelled=True):
            return Result.CANCELLED
        case Die(asked=False):
            return Result.BURIED
        case _:
            return Result.DONE
