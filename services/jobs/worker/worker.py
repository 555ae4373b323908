"""The worker's day: claim, run, keep the leases, settle, drain."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta

import grpc
import structlog

from kit.logging import get_logger
from kit.refusals import refusal_of
from services.jobs.types import SlotClass
from services.jobs.worker import metrics
from services.jobs.worker.lease import Lease
from services.jobs.worker.queue import Queue
from services.jobs.worker.settler import Settler
from services.jobs.worker.slots import Slots
from services.jobs.workflows.outcome import Later, Outcome, Retry

log = get_logger(__name__)

LONG_POLL = timedelta(seconds=10)
SHORT_POLL = timedelta(milliseconds=250)
"""While a class has no free place: the next poll offers whatever has become free by then."""

HEARTBEAT = 2.0
"""Seconds between two looks at the leases; the shortest lease is 15 s."""

RUN_LIMIT = 2.0
"""A workflow may run this many leases long; then it is taken to hang."""

PAUSE = 0.5
"""Seconds after a claim that failed."""

Run = Callable[[Lease], Awaitable[Outcome]]


@dataclass(slots=True)
class _Held:
    lease: Lease
    slot_class: SlotClass
    task: asyncio.Task[None] | None = None
    word: str = field(default="")
    """Why the task was cancelled, "" while nobody has."""


class Worker:
    """Runs jobs until it is told to stop."""

    def __init__(self, queue: Queue, slots: Slots, run: Run) -> None:
        """run: the workflow of a job, already given everything it needs."""
        self._queue = queue
        self._slots = slots
        self._run_workflow = run
        self._settler = Settler(queue)
        self._held: dict[tuple[int, int], _Held] = {}
        self._claiming = False

    @property
    def ready(self) -> bool:
        """True once the jobs service has answered, and until the last claim failed."""
        return self._claiming

    async def run(self, stop: asyncio.Event, grace: timedelta) -> None:
        """Claims and runs jobs until `stop`, then gives those that run `grace` to end.

        What has not ended by then is given back to the queue and costs no attempt.
        """
        background = [
            asyncio.create_task(self._settler.run()),
            asyncio.create_task(self._keep_leases()),
        ]
        try:
            await self._claim_until(stop)
            await self._drain(grace)
        finally:
            self._claiming = False
            for task in background:
                task.cancel()
            await asyncio.gather(*background, return_exceptions=True)

    async def _claim_until(self, stop: asyncio.Event) -> None:
        stopping = asyncio.create_task(stop.wait())
        while not stop.is_set():
            claiming = asyncio.create_task(self._claim())
            await asyncio.wait((claiming, stopping), return_when=asyncio.FIRST_COMPLETED)
            if not claiming.done():
                claiming.cancel()
                await asyncio.wait((claiming,))
        stopping.cancel()
        await self._give_back_unheard()

    async def _give_back_unheard(self) -> None:
        """A claim that was cut off may have been answered: the queue takes those leases back."""
        held = [each.lease for each in self._held.values()]
        with contextlib.suppress(grpc.aio.AioRpcError):
            await self._queue.claim([], timedelta(0), held)

    async def _claim(self) -> None:
        await self._slots.wait_for_a_place()
        wait = SHORT_POLL if self._slots.is_any_class_full() else LONG_POLL
        held = [each.lease for each in self._held.values()]
        try:
            leases = await self._queue.claim(self._slots.on_offer(), wait, held)
        except grpc.aio.AioRpcError as error:
            self._claiming = False
            log.warning("claim_failed", code=error.code().name)
            await asyncio.sleep(PAUSE)
            return
        self._claiming = True
        for lease in leases:
            self._start(lease)

    def _start(self, lease: Lease) -> None:
        held = _Held(lease, self._slots.take(lease.job.job.type))
        self._held[_key(lease)] = held
        held.task = asyncio.create_task(self._do(held))

    async def _do(self, held: _Held) -> None:
        """Runs one job from its claim to its settlement."""
        job = held.lease.job.job
        with structlog.contextvars.bound_contextvars(
            job_id=job.job_id, job_type=job.type, attempt=job.attempt
        ):
            try:
                with metrics.RUNNING.labels(job.type).track_inprogress():
                    outcome = await self._outcome(held)
                if outcome is not None:
                    word = await self._settler.settle(held.lease, outcome)
                    metrics.SETTLED.labels(word).inc()
                    log.info("job_settled", outcome=type(outcome).__name__, settled=word)
            finally:
                del self._held[_key(held.lease)]
                self._slots.release(held.slot_class)

    async def _outcome(self, held: _Held) -> Outcome | None:
        """What the workflow ended in; None where the claim was lost: nothing is left to settle."""
        started = time.monotonic()
        job_type = held.lease.job.job.type
        outcome: Outcome | None = None
        try:
            async with asyncio.timeout(held.lease.length * RUN_LIMIT):
                outcome = await self._run_workflow(held.lease)
        except asyncio.CancelledError:
            outcome = self._cut_off(held)
        except TimeoutError:
            log.error("workflow_hung")
            outcome = Retry("RUN_TIMEOUT")
        except grpc.aio.AioRpcError as error:
            refusal = refusal_of(error)
            log.warning("call_failed", domain=refusal.domain, reason=refusal.reason)
            outcome = Retry(f"{refusal.domain or 'GRPC'}_{refusal.reason}".upper())
        except Exception as error:
            log.error("workflow_failed", exc_info=error)
            outcome = Retry(type(error).__name__)
        finally:
            metrics.RUN_SECONDS.labels(job_type, type(outcome).__name__).observe(
                time.monotonic() - started
            )
        return outcome

    def _cut_off(self, held: _Held) -> Outcome | None:
        """What to do about a workflow that was cancelled on purpose."""
        task = asyncio.current_task()
        if not held.word:
            raise asyncio.CancelledError
        if task is not None:
            task.uncancel()
        if held.word == "LEASE_LOST":
            metrics.LEASES_LOST.inc()
            log.warning("lease_lost")
            return None
        return Later(timedelta(0), held.word)

    async def _keep_leases(self) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT)
            wanting = [each for each in self._held.values() if each.lease.wants_extension()]
            if wanting:
                await self._extend(wanting)

    async def _extend(self, wanting: list[_Held]) -> None:
        asked_at = time.monotonic()
        try:
            results = await self._queue.extend([each.lease for each in wanting])
        except grpc.aio.AioRpcError as error:
            log.warning("heartbeat_failed", code=error.code().name)
            return
        for held, result in zip(wanting, results, strict=True):
            if result.extended:
                held.lease.asked_at = asked_at
            if result.cancel_requested:
                self._cancel(held, "CANCEL_REQUESTED")
            elif not result.extended and _key(held.lease) in self._held:
                self._cancel(held, "LEASE_LOST")

    def _cancel(self, held: _Held, word: str) -> None:
        if held.task is not None and not held.task.done() and not held.word:
            held.word = word
            held.task.cancel()

    async def _drain(self, grace: timedelta) -> None:
        log.info("draining", running=len(self._held))
        tasks = [each.task for each in self._held.values() if each.task is not None]
        if tasks:
            await asyncio.wait(tasks, timeout=grace.total_seconds())
        for held in list(self._held.values()):
            self._cancel(held, "WORKER_STOPPED")
        late = [task for task in tasks if not task.done()]
        if late:
            await asyncio.wait(late, timeout=5)


def _key(lease: Lease) -> tuple[int, int]:
    return lease.job.job.job_id, lease.job.claim
