"""The worker's day: claim, run, keep the leases, settle, drain."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

import grpc
import structlog

from kit.logging import get_logger
from kit.refusals import refusal_of
from services.jobs.types import SlotClass
from services.jobs.worker import metrics
from services.jobs.worker.lease import Lease, moment
from services.jobs.worker.pace import Pace
from services.jobs.worker.queue import Queue
from services.jobs.worker.settler import LOST, SettlementRefused, Settler
from services.jobs.worker.slots import CLASSES, Slots
from services.jobs.worker.spans import job_span
from services.jobs.workflows.outcome import Bury, Done, Later, Outcome, Retry

log = get_logger(__name__)

Run = Callable[[Lease], Awaitable[Outcome]]

CutOff = Literal["CANCEL_REQUESTED", "LEASE_LOST", "RUN_TIMEOUT", "WORKER_STOPPED"]


@dataclass(slots=True)
class _Held:
    """A claim that this worker holds, and where it is with it."""

    lease: Lease
    slot_class: SlotClass
    begun_at: float
    """Of time.monotonic()."""
    longest: float
    """Seconds after which its workflow is taken to hang."""
    task: asyncio.Task[None] | None = None
    cut_off: CutOff | None = None
    """Why its workflow was cancelled; None while nobody has."""
    settling: bool = False
    """True from the end of its workflow on: there is nothing left that could be cut off."""


class Worker:
    """Runs jobs until it is told to stop.

    Each class of places claims for itself, so that one that is full, or a claim that waits, never
    keeps another from beginning its next job.
    """

    def __init__(self, queue: Queue, slots: Slots, run: Run, pace: Pace | None = None) -> None:
        """run: the workflow of a job, already given everything it needs."""
        self._queue = queue
        self._slots = slots
        self._run_workflow = run
        self._pace = pace or Pace()
        self._settler = Settler(queue, self._pace)
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
            # Whatever is not settled by now is run again by another, once its lease is over.
            left = [each.task for each in self._held.values() if each.task is not None]
            for task in (*left, *background):
                task.cancel()
            await asyncio.wait((*left, *background), timeout=self._pace.last_words)

    async def _claim_until(self, stop: asyncio.Event) -> None:
        if not stop.is_set():
            claiming = [asyncio.create_task(self._claim_for(name)) for name in CLASSES]
            try:
                await stop.wait()
            finally:
                for task in claiming:
                    task.cancel()
                await asyncio.wait(claiming)
        await asyncio.gather(*map(self._give_back_unheard, CLASSES))

    async def _give_back_unheard(self, slot_class: SlotClass) -> None:
        """A claim that was cut off may have been answered: the queue takes those leases back."""
        with contextlib.suppress(grpc.aio.AioRpcError):
            await self._queue.claim(slot_class, [], timedelta(0), self._held_by(slot_class))

    async def _claim_for(self, slot_class: SlotClass) -> None:
        while True:
            try:
                await self._slots.wait_for_a_place(slot_class)
                await self._claim(slot_class)
                self._claiming = True
            except grpc.aio.AioRpcError as error:
                log.warning("claim_failed", code=error.code().name)
                await self._pause_claiming()
            except Exception as error:  # a bug here must be heard of, and must not end the worker
                log.error("claim_failed", exc_info=error)
                await self._pause_claiming()

    async def _claim(self, slot_class: SlotClass) -> None:
        # The first answer is wanted soon, job or no job: it is what makes the worker ready.
        wait = self._pace.long_poll if self._claiming else self._pace.short_poll
        places = [self._slots.on_offer(slot_class)]
        held = self._held_by(slot_class)
        for lease in await self._queue.claim(slot_class, places, wait, held):
            if lease.left():
                self._start(lease, slot_class)
            else:
                # The answer waited for this process, which stood still: another may run the job.
                job = lease.job.job
                log.warning("claim_came_too_late", job_id=job.job_id, job_type=job.type)

    def _held_by(self, slot_class: SlotClass) -> list[Lease]:
        return [each.lease for each in self._held.values() if each.slot_class == slot_class]

    async def _pause_claiming(self) -> None:
        self._claiming = False
        await asyncio.sleep(self._pace.claim_pause)

    def _start(self, lease: Lease, slot_class: SlotClass) -> None:
        self._slots.take(slot_class)
        longest = lease.length * self._pace.run_limit
        held = _Held(lease, slot_class, time.monotonic(), longest)
        self._held[lease.job.job.job_id, lease.job.claim] = held
        held.task = asyncio.create_task(self._do(held))

    async def _do(self, held: _Held) -> None:
        """Runs one job from its claim to its settlement."""
        job = held.lease.job.job
        # In a context of this task's own, which ends with it.
        structlog.contextvars.bind_contextvars(
            job_id=job.job_id, job_type=job.type, attempt=job.attempt
        )
        running = metrics.running(job.type)
        running.inc()
        try:
            with job_span(held.lease.job) as span:
                try:
                    outcome = await self._outcome(held)
                finally:
                    running.dec()
                    self._slots.end(held.slot_class)
                span.note("respite.job.outcome", type(outcome).__name__)
                held.settling = True
                if outcome is not None:
                    ended_at = time.monotonic()
                    await self._settle(held.lease, outcome)
                    metrics.settle_seconds(job.type).observe(time.monotonic() - ended_at)
        finally:
            del self._held[job.job_id, held.lease.job.claim]
            self._slots.settle(held.slot_class)

    async def _settle(self, lease: Lease, outcome: Outcome) -> None:
        """Ends the claim. An outcome that the queue will not take becomes a retry, which it takes:
        left unsettled, the job would be run again at once, and for ever."""
        try:
            word = await self._settler.settle(lease, outcome)
        except SettlementRefused as refused:
            log.error("outcome_refused", outcome=type(outcome).__name__, reason=str(refused))
            try:
                word = await self._settler.settle(lease, Retry(f"OUTCOME_{refused}"))
            except SettlementRefused:
                word = LOST
        metrics.settled(word).inc()
        if word != "DONE" or not isinstance(outcome, Done):  # thousands a second that end well
            log.info("job_settled", outcome=type(outcome).__name__, settled=word)

    async def _outcome(self, held: _Held) -> Outcome | None:
        """What the workflow ended in; None where the claim was lost: nothing is left to settle."""
        job_type = held.lease.job.job.type
        metrics.claim_to_run_seconds(job_type).observe(moment() - held.lease.claimed_at)
        outcome: Outcome | None = None
        try:
            outcome = _checked(await self._run_workflow(held.lease))
        except asyncio.CancelledError:
            outcome = _after_cancellation(held)
        except grpc.aio.AioRpcError as error:
            refusal = refusal_of(error)
            log.warning("call_failed", domain=refusal.domain, reason=refusal.reason)
            outcome = Retry(f"{refusal.domain or 'GRPC'}_{refusal.reason}".upper())
        except Exception as error:
            log.error("workflow_failed", exc_info=error)
            outcome = Retry(type(error).__name__)
        finally:
            seconds = time.monotonic() - held.begun_at
            metrics.run_seconds(job_type, type(outcome).__name__).observe(seconds)
        return outcome

    async def _keep_leases(self) -> None:
        while True:
            await asyncio.sleep(self._pace.heartbeat)
            self._cut_off_what_hangs()
            wanting = [each for each in self._held.values() if each.lease.wants_extension()]
            try:
                if wanting:
                    await self._extend(wanting)
            except grpc.aio.AioRpcError as error:
                log.warning("heartbeat_failed", code=error.code().name)
            except Exception as error:  # without heartbeats every lease would be lost
                log.error("heartbeat_failed", exc_info=error)

    def _cut_off_what_hangs(self) -> None:
        now = time.monotonic()
        for held in self._held.values():
            if now - held.begun_at > held.longest:
                self._cut_off(held, "RUN_TIMEOUT")

    async def _extend(self, wanting: list[_Held]) -> None:
        asked_at = moment()
        results = await self._queue.extend([each.lease for each in wanting])
        for held, result in zip(wanting, results, strict=True):
            if result.extended:
                held.lease.extended(result, asked_at)
            if result.cancel_requested:
                self._cut_off(held, "CANCEL_REQUESTED")
            elif not result.extended:
                self._cut_off(held, "LEASE_LOST")

    def _cut_off(self, held: _Held, why: CutOff) -> None:
        if held.task is not None and not held.settling and held.cut_off is None:
            held.cut_off = why
            held.task.cancel()

    async def _drain(self, grace: timedelta) -> None:
        log.info("draining", running=len(self._held))
        await self._wait_for_jobs(grace.total_seconds())
        for held in self._held.values():
            self._cut_off(held, "WORKER_STOPPED")
        await self._wait_for_jobs(self._pace.last_words)

    async def _wait_for_jobs(self, seconds: float) -> None:
        tasks = [each.task for each in self._held.values() if each.task is not None]
        if tasks:
            await asyncio.wait(tasks, timeout=seconds)


def _checked(outcome: object) -> Outcome:
    if not isinstance(outcome, Done | Later | Retry | Bury):
        raise TypeError("a workflow ended in something that is no outcome")
    return outcome


def _after_cancellation(held: _Held) -> Outcome | None:
    """What to do about a workflow that was cancelled: by us, or by a call that broke off."""
    task = asyncio.current_task()
    cancelled = task.cancelling() if task is not None else 0
    if held.cut_off is None:
        if cancelled:  # the whole worker ends
            raise asyncio.CancelledError
        log.error("workflow_broke_off")
        return Retry("BROKE_OFF")
    if task is not None:
        task.uncancel()
    if cancelled > 1:
        raise asyncio.CancelledError
    if held.cut_off == "LEASE_LOST":
        metrics.LEASES_LOST.inc()
        log.warning("lease_lost")
        return None
    if held.cut_off == "RUN_TIMEOUT":
        log.error("workflow_hung")
        return Retry(held.cut_off)
    return Later(timedelta(0), held.cut_off)
