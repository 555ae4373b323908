"""Ending claims well by single calls of the database, which is what most of them need.

The claims of jobs in no lane that nothing follows end by the first call. It tells the lanes of the
others, whose locks the second one wants. What neither ends is for `model.settle`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from kit.aio_database import AsyncWriter
from kit.binary_arrays import Array, bigints, integers, texts
from kit.columns import Row
from services.jobs.model.enqueue import Enqueued, columns_of
from services.jobs.model.lanes import LOCK_CLASS, MOST_LANES, number_of
from services.jobs.model.settle import Result, Settled
from services.jobs.new_job import NewJob
from services.jobs.settlement import MOST_OF_RESULT, Complete, Settlement

_COMPLETE_LANELESS: Final = (
    b"SELECT ended, id, type, lane FROM jobs.complete_laneless_jobs($1, $2, $3, $4, $5)"
)
_COMPLETE_LOCKED: Final = (
    b"SELECT kind, id, name, ready, body_sha FROM jobs.complete_locked_jobs("
    b"$1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)"
)


class Ended(NamedTuple):
    """The end of a claim whose work is done. result: a short word."""

    job_id: int
    claim: int
    result: str
    follow_ups: tuple[NewJob, ...] = ()

    @property
    def settlement(self) -> Settlement:
        """The same for `model.settle`."""
        return Settlement(self.job_id, self.claim, Complete(self.result, self.follow_ups))


class Locked(NamedTuple):
    """An end that needs lanes. locks: their numbers."""

    ended: Ended
    locks: frozenset[int]


async def complete_laneless(db: AsyncWriter, ends: Sequence[Ended]) -> tuple[Settled, list[Locked]]:
    """Ends claims of jobs in no lane that nothing follows, each of another job.

    Also gives those of the others whose claims are current.
    """
    ordered = sorted(ends, key=_job_id)
    plain = [end for end in ordered if not end.follow_ups]
    rest = [end for end in ordered if end.follow_ups]
    rows = await db.call(
        _COMPLETE_LANELESS,
        *_columns(plain),
        bigints(end.job_id for end in rest),
        bigints(end.claim for end in rest),
    )
    done = [(job_id, name) for ended, job_id, name, _ in rows if ended]
    lanes = {job_id: lane for ended, job_id, _, lane in rows if not ended}
    locked = [Locked(end, _locks(end, lanes[end.job_id])) for end in ends if end.job_id in lanes]
    return _settled(done), locked


async def complete_locked(db: AsyncWriter, ends: Sequence[Locked]) -> Settled:
    """Ends claims, each of another job, but leaves those where somebody else has a lane now: then
    also all that store follow-ups, which join their lanes in the order of the call.

    At most lanes.MOST_LANES locks, and no key twice among the follow-ups.
    """
    ordered = sorted((end for end, _ in ends), key=_job_id)
    needed = [(end.job_id, number) for end, locks in ends for number in locks]
    new = [(end.job_id, job) for end, _ in ends for job in end.follow_ups]
    rows = await db.call(
        _COMPLETE_LOCKED,
        *_columns(ordered),
        str(LOCK_CLASS).encode(),
        bigints(job_id for job_id, _ in needed),
        integers(number for _, number in needed),
        bigints(parent for parent, _ in new),
        *columns_of([job for _, job in new]).values(),
    )
    report = _settled([(row[1], row[2]) for row in rows if row[0] == "ended"])
    report.ready = Counter({row[2]: row[1] for row in rows if row[0] == "ready"})
    if new:
        jobs = [job for parent, job in new if parent in report.ended]
        report.follow_ups = _enqueued(jobs, rows)
        report.ready += Counter(job.type.name for job, made in report.follow_ups if made.ready)
    return report


def portions_of(ends: Iterable[Locked]) -> list[list[Locked]]:
    """The ends in order, in portions with no more locks than one transaction may hold."""
    portions: list[list[Locked]] = []
    taken: set[int] = set()
    for end in ends:
        if not portions or len(taken | end.locks) > MOST_LANES:
            portions.append([])
            taken = set()
        portions[-1].append(end)
        taken |= end.locks
    return portions


def _job_id(end: Ended) -> int:
    return end.job_id


def _columns(ends: Sequence[Ended]) -> tuple[Array, Array, Array]:
    return (
        bigints(end.job_id for end in ends),
        bigints(end.claim for end in ends),
        texts(end.result[:MOST_OF_RESULT] for end in ends),
    )


def _locks(end: Ended, lane: str | None) -> frozenset[int]:
    lanes = {lane, *(job.lane for job in end.follow_ups)}
    return frozenset(number_of(each) for each in lanes if each is not None)


def _settled(done: Sequence[tuple[int, str]]) -> Settled:
    return Settled(
        results=[Result.DONE] * len(done),
        types=[name for _, name in done],
        ended=frozenset(job_id for job_id, _ in done),
    )


def _enqueued(jobs: Sequence[NewJob], rows: Sequence[Row]) -> list[tuple[NewJob, Enqueued]]:
    """What became of follow-ups, no two of which have one key."""
    stored = {key: (job_id, ready) for kind, job_id, key, ready, _ in rows if kind == "stored"}
    known = {key: (job_id, sha) for kind, job_id, key, _, sha in rows if kind == "known"}
    made = []
    for job in jobs:
        if job.key in stored:
            job_id, ready = stored[job.key]
            made.append((job, Enqueued(job_id, created=True, body_differs=False, ready=ready)))
        else:
            job_id, body_sha = known[job.key]
            differs = body_sha != job.body_sha
            made.append((job, Enqueued(job_id, created=False, body_differs=differs, ready=False)))
    return made
