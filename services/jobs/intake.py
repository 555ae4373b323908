"""Storing jobs together: those of concurrent calls, and the many of one call.

A commit costs as much as twenty rows, so calls that come while one is under way share the next
one. Nobody waits for that: where nothing is under way a job is stored at once, and nobody waits for
a lane that somebody else holds, or fails with another's job.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine, Iterable, Iterator, Sequence
from contextvars import Context
from functools import partial
from typing import Any, Final

from kit.access import current_caller
from kit.aio_database import AsyncWriter
from kit.batch import all_or_each
from kit.database import Database
from kit.logging import describe_error, get_logger
from kit.refusals import Refusal, StoreUnavailable
from services.jobs.after_commit import AfterCommit
from services.jobs.handover import Handover
from services.jobs.model.enqueue import Enqueued, enqueue, enqueue_free, enqueue_laneless
from services.jobs.model.hand import is_plain
from services.jobs.model.lanes import MOST_LANES
from services.jobs.new_job import NewJob
from services.jobs.refusals import LaneHeld
from services.jobs.threads import DatabaseThreads

log = get_logger(__name__)

_MOST_AT_ONCE: Final = 256
# So many jobs of one call are stored while the next ones are read.
_SHARE: Final = 500
# How long the next transaction waits at most for as many calls as shared the one before it.
_COMPANY: Final = 0.003

_Waiting = tuple[NewJob, "asyncio.Future[Enqueued]"]


class Intake:
    """The way of new jobs into the database; lives on the event loop's thread."""

    def __init__(
        self,
        database: AsyncWriter,
        threads: DatabaseThreads,
        handover: Handover,
        after_commit: AfterCommit,
    ) -> None:
        self._database = database
        self._threads = threads
        self._handover = handover
        self._after_commit = after_commit
        self._waiting: list[_Waiting] = []
        self._flights: set[asyncio.Task[None]] = set()
        self._flying = False
        self._expected = 0
        self._complete = asyncio.Event()
        self._alone: set[asyncio.Task[None]] = set()

    async def store(self, job: NewJob) -> Enqueued:
        """Stores one job; answers after the commit. Raises a Refusal.

        An operator's call is recorded in the transaction that it makes: that has no other's jobs.
        """
        if _is_operators():
            result = await self._threads.write(partial(_store, job=job))
            self._committed([job], [result])
            return result
        stored: asyncio.Future[Enqueued] = asyncio.get_running_loop().create_future()
        self._waiting.append((job, stored))
        if len(self._waiting) >= self._expected:
            self._complete.set()
        if not self._flying:
            self._flying = True
            _in_no_call(self._flights, self._fly())
        return await stored

    async def store_many(
        self, new: Iterable[NewJob], *, leave_held_lanes: bool = False
    ) -> list[tuple[NewJob, Enqueued | Refusal]]:
        """Stores the jobs of one call, each with a result or a refusal, in order.

        Jobs of one lane join it in the order of the call. new: read bit by bit, while the database
        stores what was read before. leave_held_lanes: LaneHeld, instead of waiting, for those whose
        lane somebody else has at this moment.
        """
        if _is_operators():
            jobs = list(new)
            made = await self._threads.write(partial(_store_each, jobs=jobs))
            self._committed(jobs, made)
            return list(zip(jobs, made, strict=True))
        jobs, results = await self._store_free(new)
        self._committed(jobs, results)
        held = [job for job, result in zip(jobs, results, strict=True) if result is None]
        late: Sequence[Enqueued | Refusal] = [LaneHeld()] * len(held)
        if held and not leave_held_lanes:
            late = await self._threads.wait_for_lanes(partial(_store_each, jobs=held))
            self._committed(held, late)
        waited = iter(late)
        return [
            (job, next(waited) if result is None else result)
            for job, result in zip(jobs, results, strict=True)
        ]

    async def _store_free(
        self, new: Iterable[NewJob]
    ) -> tuple[list[NewJob], list[Enqueued | Refusal | None]]:
        """Stores jobs; these, and a result or a refusal for each, in order.

        None, and not stored, where somebody else has the job's lane at this moment.
        """
        shares = _Shares()
        stored: list[asyncio.Task[Sequence[Enqueued | Refusal | None]]] = []
        begun: list[list[int]] = []
        for share in shares.of(new):
            if shares.repeated and share is shares.ordered:
                await asyncio.gather(*stored)
            stored.append(asyncio.create_task(self._store_share(_at(share, shares.jobs))))
            begun.append(share)
            if len(share) == _SHARE:
                await asyncio.sleep(0)  # it goes to the database while the next one is read
        results: list[Enqueued | Refusal | None] = [None] * len(shares.jobs)
        for share, made in zip(begun, await asyncio.gather(*stored), strict=True):
            for index, result in zip(share, made, strict=True):
                results[index] = result
        return shares.jobs, results

    async def _store_single(self, job: NewJob) -> Sequence[Enqueued | Refusal | None]:
        if is_plain(job):
            try:
                return [await self._handover.store(job)]
            except StoreUnavailable as refusal:
                return [refusal]
            except Exception as error:  # it may be the worker's part of it; the job's does not wait
                log.error("handover_failed", error=describe_error(error))
        return await self._store_share([job])

    async def _store_share(self, jobs: Sequence[NewJob]) -> Sequence[Enqueued | Refusal | None]:
        if all(job.lane is None for job in jobs):
            try:
                return await enqueue_laneless(self._database, jobs)
            except StoreUnavailable as refusal:
                return [refusal] * len(jobs)
            except Exception as error:  # one of them is at fault; the long way finds out which
                log.error("batch_failed", items=len(jobs), error=describe_error(error))
        return await self._threads.write(partial(_store_portions, jobs=jobs))

    async def _fly(self) -> None:
        try:
            while self._waiting:
                batch = self._waiting[:_MOST_AT_ONCE]
                del self._waiting[:_MOST_AT_ONCE]
                await self._carry(batch)
                if len(batch) > 1:
                    await self._wait_for(len(batch))
        finally:
            # In the same turn of the loop as the look that found nobody waiting: whoever comes
            # before the end of the task is noticed would wait for a flight that is over.
            self._flying = False

    async def _wait_for(self, calls: int) -> None:
        """Until so many are there: who shared a transaction was answered at the same moment, and
        whoever has more to store is back in a moment. Not for long."""
        self._expected = calls
        if len(self._waiting) < calls:
            self._complete.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_COMPANY):
                    await self._complete.wait()

    async def _carry(self, batch: Sequence[_Waiting]) -> None:
        jobs = [job for job, _ in batch]
        try:
            if len(jobs) == 1:
                results = await self._store_single(jobs[0])
            else:
                _, results = await self._store_free(jobs)
        except Exception as error:  # whoever waits for the next flight is not to blame
            for _, stored in batch:
                _tell(stored, error)
            return
        except BaseException as error:
            for _, stored in batch:
                _tell(stored, error)
            raise
        for (job, stored), result in zip(batch, results, strict=True):
            if result is None:
                _in_no_call(self._alone, self._store_alone(job, stored))
            else:
                _tell(stored, result)
        self._committed(jobs, results)

    def _committed(
        self, jobs: Sequence[NewJob], results: Sequence[Enqueued | Refusal | None]
    ) -> None:
        pairs = zip(jobs, results, strict=True)
        self._after_commit.stored(
            [(job, result) for job, result in pairs if isinstance(result, Enqueued)]
        )

    async def _store_alone(self, job: NewJob, stored: asyncio.Future[Enqueued]) -> None:
        """Somebody else has the job's lane: it waits for that, and nobody waits for it."""
        try:
            result = await self._threads.wait_for_lanes(partial(_store, job=job))
        except BaseException as error:
            _tell(stored, error)
            raise
        _tell(stored, result)
        self._committed([job], [result])


def _is_operators() -> bool:
    caller = current_caller()
    return caller is not None and caller.kind == "user"


def _in_no_call(tasks: set[asyncio.Task[None]], work: Coroutine[Any, Any, None]) -> None:
    """Runs work that is no single caller's, whoever's call happened to begin it."""
    task = asyncio.get_running_loop().create_task(work, context=Context())
    tasks.add(task)
    task.add_done_callback(partial(_ended, tasks))


def _ended(tasks: set[asyncio.Task[None]], task: asyncio.Task[None]) -> None:
    tasks.discard(task)
    if not task.cancelled():
        task.exception()  # whoever waited has been told


def _tell(stored: asyncio.Future[Enqueued], result: Enqueued | BaseException) -> None:
    if stored.done():  # its caller has gone
        return
    if isinstance(result, BaseException):
        stored.set_exception(result)
    else:
        stored.set_result(result)


def _at(indices: Sequence[int], jobs: Sequence[NewJob]) -> list[NewJob]:
    return [jobs[index] for index in indices]


class _Shares:
    """The jobs of one call in shares, each stored by a transaction of its own.

    jobs: those read so far. ordered: the last share, by index: jobs in lanes stay together, for
    their order, and so do those whose key one before them has, which is to be the one that is
    stored. repeated: whether there are such, so that it has to wait for the other shares.
    """

    def __init__(self) -> None:
        self.jobs: list[NewJob] = []
        self.ordered: list[int] = []
        self.repeated = False

    def of(self, new: Iterable[NewJob]) -> Iterator[list[int]]:
        """Each share, by index, as soon as it is read."""
        keys: set[str] = set()
        share: list[int] = []
        for index, job in enumerate(new):
            self.jobs.append(job)
            known = job.key in keys
            keys.add(job.key)
            self.repeated |= known
            if known or job.lane is not None:
                self.ordered.append(index)
                continue
            share.append(index)
            if len(share) == _SHARE:
                yield share
                share = []
        if share:
            yield share
        if self.ordered:
            yield self.ordered


def _store(database: Database, job: NewJob) -> Enqueued:
    """Stores one job. Raises StoreUnavailable."""
    [result] = database.transact(lambda db: enqueue(db, [job]))
    return result


def _store_each(database: Database, jobs: Sequence[NewJob]) -> list[Enqueued | Refusal]:
    """Stores jobs one by one, each waiting for its lane; a result or a refusal for each."""
    return [
        result
        for job in jobs
        for result in all_or_each([job], lambda part: [_store(database, part[0])])
    ]


def _store_portions(database: Database, jobs: Sequence[NewJob]) -> list[Enqueued | Refusal | None]:
    results: list[Enqueued | Refusal | None] = []
    for portion in _portions(jobs):
        results += all_or_each(
            portion, lambda part: database.transact(lambda db: enqueue_free(db, part))
        )
    return results


def _portions(jobs: Sequence[NewJob]) -> list[list[NewJob]]:
    """The jobs in order, in portions of no more lanes than one transaction may lock."""
    portions: list[list[NewJob]] = []
    lanes: set[str] = set()
    for job in jobs:
        if not portions or (job.lane not in lanes and len(lanes) == MOST_LANES):
            portions.append([])
            lanes = set()
        portions[-1].append(job)
        if job.lane is not None:
            lanes.add(job.lane)
    return portions
