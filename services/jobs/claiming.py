"""Looking for jobs on behalf of a worker, with what that turns up besides jobs."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Coroutine, Sequence
from functools import partial
from typing import Any, Final

from kit.aio_database import AsyncWriter
from kit.logging import describe_error, get_logger
from services.jobs.after_commit import AfterCommit
from services.jobs.metrics import JobsMetrics
from services.jobs.model.claim import Claims, LeasedJob, Slots, Token, claim, give_back
from services.jobs.model.settle import bury_spent
from services.jobs.switchboard import Poll, Switchboard
from services.jobs.threads import DatabaseThreads
from services.jobs.turns import Turns

log = get_logger(__name__)

# Jobs that are spent hide others: so often a look buries some and is repeated.
_LOOKS: Final = 10
# At most so many are buried in one transaction, each with two lanes.
_BURIED_AT_ONCE: Final = 100


class Claimer:
    """Leases jobs to workers."""

    def __init__(
        self,
        database: AsyncWriter,
        threads: DatabaseThreads,
        switchboard: Switchboard,
        after_commit: AfterCommit,
        metrics: JobsMetrics,
    ) -> None:
        self._database = database
        self._threads = threads
        self._switchboard = switchboard
        self._after_commit = after_commit
        self._metrics = metrics
        self._turns = Turns()
        self._background: set[asyncio.Task[None]] = set()

    async def poll(
        self, worker: str, slots: Sequence[Slots], held: Sequence[Token], number: int, wait: float
    ) -> tuple[Sequence[LeasedJob], float]:
        """Jobs for a worker, and when they were asked for, of time.monotonic().

        Where nothing is due it waits, holding nothing, so many seconds at most. number: of the
        call; a worker that has made a newer one is not there any more. Raises TooManyPolls.
        """
        end = time.monotonic() + wait
        with self._switchboard.poll(worker, slots, held, number) as poll:
            try:
                while True:
                    poll.expect()
                    asked = time.monotonic()
                    claims = await self._look(poll, slots, held)
                    left = end - time.monotonic()
                    if claims.jobs or claims.outdated or left <= 0 or self._switchboard.closed:
                        break
                    await poll.wait(left)
                    if handed := poll.take():
                        return [handed.job], handed.asked
            finally:
                if handed := poll.take():  # its caller went away meanwhile
                    self.unheard(worker, handed.job)
        if claims.outdated:  # it was woken in place of somebody who is there
            self._switchboard.ring(dict.fromkeys(poll.types, 1))
        return claims.jobs, asked

    async def _look(self, poll: Poll, slots: Sequence[Slots], held: Sequence[Token]) -> Claims:
        """What could be leased now. Jobs that it finds spent are given up on the way."""
        for _ in range(_LOOKS):
            claims = await self._lease(poll, slots, held)
            if claims.lost:
                await self._give_back(poll.worker, claims.lost)
                continue
            self._metrics.claimed(Counter(leased.type for leased in claims.jobs))
            if claims.jobs:
                # Somebody else may have room for what this worker left.
                self._switchboard.ring(dict.fromkeys(claims.left, 1))
                if claims.over:
                    self._in_background(self._bury(claims.over))
                break
            if not claims.over:
                break
            await self._bury(claims.over)
        return claims

    def unheard(self, worker: str, leased: LeasedJob) -> None:
        """A worker will never hear of this job: it is given back at once."""
        self._in_background(self._give_back(worker, [(leased.job_id, leased.claim)]))

    async def _lease(self, poll: Poll, slots: Sequence[Slots], held: Sequence[Token]) -> Claims:
        leasing = asyncio.ensure_future(self._lease_in_turn(poll, slots, held))
        try:
            return await asyncio.shield(leasing)
        except asyncio.CancelledError:
            # The worker has gone away: what it will never hear of is given back at once.
            self._in_background(self._undo(poll.worker, leasing))
            raise

    async def _lease_in_turn(
        self, poll: Poll, slots: Sequence[Slots], held: Sequence[Token]
    ) -> Claims:
        async with self._turns.of(tuple(group.types for group in slots)):
            return await claim(self._database, poll.worker, slots, held, poll.number)

    async def _undo(self, worker: str, leasing: asyncio.Future[Claims]) -> None:
        claims = await leasing
        await self._give_back(worker, [(leased.job_id, leased.claim) for leased in claims.jobs])

    async def _give_back(self, worker: str, tokens: Sequence[Token]) -> None:
        returned = await self._threads.transact(partial(give_back, worker=worker, tokens=tokens))
        self._after_commit.returned(returned)

    async def _bury(self, job_ids: Sequence[int]) -> None:
        for start in range(0, len(job_ids), _BURIED_AT_ONCE):
            part = job_ids[start : start + _BURIED_AT_ONCE]
            report = await self._threads.transact(partial(bury_spent, job_ids=part))
            self._after_commit.settled(report)

    def _in_background(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(_logged(work))
        self._background.add(task)
        task.add_done_callback(self._background.discard)


async def _logged(work: Coroutine[Any, Any, None]) -> None:
    """Nobody waits for this work: a lease that runs out, or the next look, makes up for it."""
    try:
        await work
    except Exception as error:
        log.warning("claim_aftermath_failed", error=describe_error(error))
