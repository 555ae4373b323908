"""Settling claims: whatever follows from an end is in one transaction with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from kit.database import DbReader, DbWriter
from services.jobs.model.enqueue import Enqueued, insert
from services.jobs.model.lanes import lock_lanes, try_lanes
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
    Die,
    Expire,
    Finish,
    GivenUp,
    Settlement,
    Verdict,
    Wait,
    is_spent,
    spent,
    verdict_of,
)
from services.jobs.sql import statement


class Result(StrEnum):
    """What a settlement did."""

    DONE = "done"
    ALREADY = "already"
    BURIED = "buried"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    STALE = "stale"


@dataclass(slots=True)
class Settled:
    """What a transaction of settlements did.

    results: one for each settlement, in order. types: of their jobs, "" where the job is not live.
    ready: how many jobs of each type may be claimed now because of it. later: types of jobs that
    may be claimed after a wait of at most job_type.LONGEST_STAY. follow_ups: what became of them.
    dead: how many jobs of each type went to the dead letters. ended: ids of the jobs that
    model.complete has ended. held: those that were left, without a result, each
    with the lanes that it needs.
    """

    results: list[Result] = field(default_factory=list)
    types: list[str] = field(default_factory=list)
    ready: Counter[str] = field(default_factory=Counter)
    later: list[tuple[str, timedelta]] = field(default_factory=list)
    follow_ups: list[tuple[NewJob, Enqueued]] = field(default_factory=list)
    dead: Counter[str] = field(default_factory=Counter)
    ended: frozenset[int] = frozenset()
    held: Mapping[int, frozenset[str]] = field(default_factory=dict)


def settle(db: DbWriter, settlements: Sequence[Settlement], jitter: Callable[[], float]) -> Settled:
    """Ends claims, each of another job: at most lanes.MOST_LANES lanes. Waits for them.

    A settlement by an old claim changes nothing and stores no follow-up. One whose lease has run
    out counts, as long as nobody else has claimed the job: the work is done.
    """
    seen = _look(db, settlements, jitter)
    lock_lanes(db, {lane for lanes in seen.lanes.values() for lane in lanes})
    return _settle(db, settlements, seen)


def settle_free(
    db: DbWriter,
    settlements: Sequence[Settlement],
    jitter: Callable[[], float],
    behind: Collection[str],
) -> Settled:
    """The same, but waits for no lane: claims for which somebody else has one are held.

    So are those with a lane that one held before them needs, or that is in `behind`: jobs join a
    lane in the order of the call.
    """
    seen = _look(db, settlements, jitter)
    free = try_lanes(db, {lane for lanes in seen.lanes.values() for lane in lanes})
    taken = set(behind)
    held: dict[int, frozenset[str]] = {}
    for settlement in settlements:
        lanes = seen.lanes.get(settlement.job_id, frozenset())
        if not (lanes <= free and lanes.isdisjoint(taken)):
            held[settlement.job_id] = lanes
            taken |= lanes
    report = _settle(db, [each for each in settlements if each.job_id not in held], seen)
    report.held = held
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
    ends = [(job, _end_of(job)) for job in over]
    report = Settled(
        results=[_word_of(end) for _, end in ends],
        types=[job.type for job in over],
        dead=_end(db, ends, settled=False),
        ready=promote(db, (job.lane for job in over)),
    )
    given_up = [job for job, end in ends if isinstance(end, GivenUp)]
    _insert(db, [new for job in given_up for new in when_spent[job.job_id]], report)
    return report


def _end_of(job: LiveJob) -> Finish | GivenUp:
    if job.cancel_requested:
        return Finish(cancelled=True)
    return spent(job.type, LOST_LEASE if job.leased else "")


def _end(
    db: DbWriter, decided: Sequence[tuple[LiveJob, Verdict]], *, settled: bool
) -> Counter[str]:
    """Moves the jobs that end; how many of each type went to the dead letters."""
    dying = [(job, end) for job, end in decided if isinstance(end, Die)]
    ended = [(job, end) for job, end in decided if isinstance(end, Finish | Expire)]
    finish(db, ended, settled=settled)
    bury(db, dying, settled=settled)
    return Counter(job.type for job, _ in dying)


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


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a look without locks tells: it is there to learn the lanes.

    A claim that holds then and later is the same decision both times, because all statements of a
    transaction have one now(), and the draws for the back-off are kept.

    when_spent: what follows, by job, where it is given up. lanes: what each job needs.
    """

    draws: Mapping[int, float]
    when_spent: Mapping[int, Sequence[NewJob]]
    lanes: Mapping[int, frozenset[str]]


def _look(db: DbReader, settlements: Sequence[Settlement], jitter: Callable[[], float]) -> _Seen:
    draws = {settlement.job_id: jitter() for settlement in settlements}
    expected = _verdicts(settlements, peek(db, list(draws)), draws)
    when_spent = follow_ups_of_spent(
        db, [job for job, verdict in expected.values() if isinstance(verdict, GivenUp)]
    )
    lanes = {
        settlement.job_id: _lanes_of(
            expected[settlement.job_id][0],
            when_spent.get(settlement.job_id, ()),
            settlement.follow_ups,
        )
        for settlement in settlements
        if settlement.job_id in expected
    }
    return _Seen(draws, when_spent, lanes)


def _lanes_of(job: LiveJob, *follow_ups: Sequence[NewJob]) -> frozenset[str]:
    lanes = {job.lane, *(new.lane for some in follow_ups for new in some)}
    return frozenset(lane for lane in lanes if lane is not None)


def _settle(db: DbWriter, settlements: Sequence[Settlement], seen: _Seen) -> Settled:
    ids = [settlement.job_id for settlement in settlements]
    live = lock(db, ids)
    verdicts = _verdicts(settlements, live, seen.draws)
    report = Settled()
    _apply(db, list(verdicts.values()), report)
    _store_follow_ups(db, settlements, verdicts, seen.when_spent, report)
    report.results = _results(db, settlements, live, verdicts)
    report.types = [live[job_id].type if job_id in live else "" for job_id in ids]
    return report


def _apply(db: DbWriter, decided: Sequence[tuple[LiveJob, Verdict]], report: Settled) -> None:
    report.dead = _end(db, decided, settled=True)
    waiting = [(job, end) for job, end in decided if isinstance(end, Wait)]
    wait(db, waiting)
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
        if isinstance(verdict, GivenUp):
            new.extend(when_spent[settlement.job_id])
        elif verdict is not None:
            new.extend(settlement.follow_ups)
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
    return _word_of(verdict)


def _word_of(verdict: Verdict) -> Result:
    match verdict:
        case Finish(cancelled=True):
            return Result.CANCELLED
        case Expire():
            return Result.EXPIRED
        case Die(asked=False):
            return Result.BURIED
        case _:
            return Result.DONE
