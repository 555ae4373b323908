"""The worker's day: claim, run, keep the leases, settle, drain."""

from __future__ import annotations

import asyncio
import contextlib
import time
from datetime import timedelta
from functools import partial

import grpc

from kit.logging import bind_log_fields, get_logger
from services.jobs.worker import metrics
from services.jobs.worker.held import Claimer, CutOff, Held, about
from services.jobs.worker.lease import Lease, moment
from services.jobs.worker.pace import Pace
from services.jobs.worker.queue import Queue
from services.jobs.worker.running import Run, outcome_of
from services.jobs.worker.settler import LOST, SettlementRefused, Settler
from services.jobs.worker.slots import CLASSES, Slots
from services.jobs.worker.spans import job_span
from services.jobs.workflows.outcome import Done, Outcome, Retry

log = get_logger(__name__)


class Worker:
    """Runs jobs until it is told to stop.

    Each class of places has claimers of its own, so that one that is full, or a claim that waits,
    never keeps another from beginning its next job.
    """

    def __init__(self, queue: Queue, slots: Slots, run: Run, pace: Pace | None = None) -> None:
        """run: the workflow of a job, already given everything it needs."""
        self._queue = queue
        self._slots = slots
        self._run_workflow = run
        self._pace = pace or Pace()
        self._settler = Settler(queue, self._pace)
        self._held: dict[Held, None] = {}  # in the order of their claims
        self._emptied = asyncio.Event()
        self._claimers = [
            Claimer(name if number == 0 else f"{name}-{number + 1}", name)
            for name in CLASSES
            for number in range(slots.claims(name))
        ]
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
            left = [each.task for each in self._held if each.task is not None]
            for task in (*left, *background):
                task.cancel()
            await asyncio.wait((*left, *background), timeout=self._pace.last_words)
            self._held.clear()

    async def _claim_until(self, stop: asyncio.Event) -> None:
        if not stop.is_set():
            claiming = [
                asyncio.create_task(self._claim_on_and_on(claimer)) for claimer in self._claimers
            ]
            try:
                await stop.wait()
            finally:
                for task in claiming:
                    task.cancel()
                await asyncio.wait(claiming)
        await asyncio.gather(*map(self._give_back_unheard, self._claimers))

    async def _give_back_unheard(self, claimer: Claimer) -> None:
        """A claim that was cut off may have been answered: the queue takes those leases back."""
        with contextlib.suppress(grpc.aio.AioRpcError):
            await self._queue.claim(claimer.name, [], timedelta(0), self._held_by(claimer))

    async def _claim_on_and_on(self, claimer: Claimer) -> None:
        while True:
            try:
                await self._slots.wait_for_a_place(claimer.slot_class)
                await self._claim(claimer)
                self._claiming = True
            except grpc.aio.AioRpcError as error:
                log.warning("claim_failed", code=error.code().name)
                await self._pause_claiming()
            except Exception as error:  # a bug here must be heard of, and must not end the worker
                log.error("claim_failed", exc_info=error)
                await self._pause_claiming()

    async def _claim(self, claimer: Claimer) -> None:
        # The first answer is wanted soon, job or no job: it is what makes the worker ready.
        wait = self._pace.long_poll if self._claiming else self._pace.short_poll
        held = self._held_by(claimer)
        with self._slots.offer(claimer.slot_class) as places:
            leases = await self._queue.claim(claimer.name, [places], wait, held)
        for lease in leases:
            if lease.left():
                self._start(lease, claimer)
            else:
                # The answer waited for this process, which stood still: another may run the job.
                log.warning("claim_came_too_late", **about(lease))

    def _held_by(self, claimer: Claimer) -> list[Lease]:
        return [each.lease for each in self._held if each.claimer is claimer]

    async def _pause_claiming(self) -> None:
        self._claiming = False
        await asyncio.sleep(self._pace.claim_pause)

    def _start(self, lease: Lease, claimer: Claimer) -> None:
        self._slots.take(claimer.slot_class)
        held = Held(lease, claimer, time.monotonic(), lease.length * self._pace.run_limit)
        self._held[held] = None
        held.task = asyncio.get_running_loop().create_task(self._do(held))

    async def _do(self, held: Held) -> None:
        """Runs one job. The end of it then goes its own way to the queue."""
        # In a context of this task's own, which ends with it.
        bind_log_fields(**about(held.lease))
        running = metrics.RUNNING.of(held.lease.record.type)
        running.value += 1
        outcome: Outcome | None = None
        try:
            with job_span(held.lease.job) as span:
                outcome = await outcome_of(held, self._run_workflow)
                held.settling = True
                span.note("respite.job.outcome", type(outcome).__name__)
                if outcome is not None:  # within the span, to which its follow-ups belong
                    ended = partial(self._ended, held, outcome, time.monotonic())
                    self._settler.settle(held.lease, outcome, ended)
        finally:
            running.value -= 1
            self._slots.end(held.claimer.slot_class)
            if outcome is None:
                self._let_go(held)

    def _ended(
        self, held: Held, outcome: Outcome, ended_at: float, word: str | SettlementRefused
    ) -> None:
        """The claim is settled. An outcome that the queue will not take becomes a retry, which it
        takes: left unsettled, the job would be run again at once, and for ever."""
        if isinstance(word, SettlementRefused):
            name = type(outcome).__name__
            log.error("outcome_refused", outcome=name, reason=str(word), **about(held.lease))
            if not held.refused:
                held.refused = True
                again = partial(self._ended, held, outcome, ended_at)
                self._settler.settle(held.lease, Retry(f"OUTCOME_{word}"), again)
                return
            word = LOST
        metrics.SETTLED.of(word).value += 1
        if word != "DONE" or not isinstance(outcome, Done):  # thousands a second that end well
            name = type(outcome).__name__
            log.info("job_settled", outcome=name, settled=word, **about(held.lease))
        metrics.SETTLE_SECONDS.of(held.lease.record.type).observe(time.monotonic() - ended_at)
        self._let_go(held)

    def _let_go(self, held: Held) -> None:
        """The queue knows of the end of a claim, or never will."""
        del self._held[held]
        self._slots.settle(held.claimer.slot_class)
        if not self._held:
            self._emptied.set()

    async def _keep_leases(self) -> None:
        while True:
            await asyncio.sleep(self._pace.heartbeat)
            self._cut_off_what_hangs()
            wanting = [each for each in self._held if each.lease.wants_extension()]
            try:
                if wanting:
                    await self._extend(wanting)
            except grpc.aio.AioRpcError as error:
                log.warning("heartbeat_failed", code=error.code().name)
            except Exception as error:  # without heartbeats every lease would be lost
                log.error("heartbeat_failed", exc_info=error)

    def _cut_off_what_hangs(self) -> None:
        now = time.monotonic()
        for held in self._held:
            if now - held.begun_at > held.longest:
                self._cut_off(held, "RUN_TIMEOUT")

    async def _extend(self, wanting: list[Held]) -> None:
        asked_at = moment()
        results = await self._queue.extend([each.lease for each in wanting])
        for held, result in zip(wanting, results, strict=True):
            if result.extended:
                held.lease.extended(result, asked_at)
            if result.cancel_requested:
                self._cut_off(held, "CANCEL_REQUESTED")
            elif not result.extended:
                self._cut_off(held, "LEASE_LOST")

    def _cut_off(self, held: Held, why: CutOff) -> None:
        if held.task is not None and not held.settling and held.cut_off is None:
            held.cut_off = why
            held.task.cancel()

    async def _drain(self, grace: timedelta) -> None:
        log.info("draining", running=len(self._held))
        await self._wait_for_jobs(grace.total_seconds())
        for held in self._held:
            self._cut_off(held, "WORKER_STOPPED")
        await self._wait_for_jobs(self._pace.last_words)

    async def _wait_for_jobs(self, seconds: float) -> None:
        self._emptied.clear()
        if self._held:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._emptied.wait()
