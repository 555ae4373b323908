"""Settling many claims in one call: whatever ends while a call is under way goes with the next."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import grpc

from kit.logging import get_logger
from protos.jobs.v1 import jobs_pb2 as jobs
from services.jobs.worker.lease import Lease
from services.jobs.worker.pace import Pace
from services.jobs.worker.queue import MOST_AT_ONCE, Queue
from services.jobs.workflows.outcome import Outcome

log = get_logger(__name__)

LOST = "LOST"
"""The service did not answer in time; nobody knows whether it took the settlement."""

BYTES_AT_ONCE = 1024 * 1024
"""Of one call, unless a single settlement has more; a message may have four times as many."""

MOST_BYTES = 3 * BYTES_AT_ONCE
"""Of one settlement."""

MANY = 200
"""Settlements that are worth a call of their own beside another."""

_AWAY = frozenset(
    {
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.DEADLINE_EXCEEDED,
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        grpc.StatusCode.ABORTED,
        grpc.StatusCode.CANCELLED,
    }
)
"""The service could not do it just now, whoever asks."""

_STUMBLED = frozenset({grpc.StatusCode.INTERNAL, grpc.StatusCode.UNKNOWN})
"""The service failed, over one item perhaps."""

_WORDS = {number: name.removeprefix("SETTLED_") for name, number in jobs.Settled.items()}
_UNAVAILABLE: int = grpc.StatusCode.UNAVAILABLE.value[0]
_ABORTED: int = grpc.StatusCode.ABORTED.value[0]


class SettlementRefused(Exception):
    """The queue will never take this settlement. The argument is the reason."""


Told = Callable[[str | SettlementRefused], None]


@dataclass(slots=True)
class _Waiting:
    settlement: jobs.Settlement
    size: int
    tell: Told
    give_up_at: float
    alone: bool = False
    """True once a call failed that may have failed because of this one."""
    told: bool = False

    def end(self, word: str | SettlementRefused) -> None:
        if not self.told:
            self.told = True
            self.tell(word)


class Settler:
    """Ends claims. One call is under way at a time, and a second one where many wait for it: while
    the service works on one, the other is on the wire."""

    def __init__(self, queue: Queue, pace: Pace) -> None:
        self._queue = queue
        self._pace = pace
        self._waiting: list[_Waiting] = []
        self._some = asyncio.Event()
        self._many = asyncio.Event()

    def settle(self, lease: Lease, outcome: Outcome, tell: Told) -> None:
        """Ends one claim.

        tell: told in the end, once, what became of it: a name of Settled, "STALE_CLAIM" or LOST, or
        SettlementRefused for an outcome that the queue does not take.
        """
        try:
            message = self._queue.settlement(lease, outcome)
            size = message.ByteSize()
        except Exception as error:  # a value that the wire cannot carry
            tell(SettlementRefused(type(error).__name__))
            return
        if size > MOST_BYTES:
            tell(SettlementRefused("TOO_LARGE"))
            return
        give_up_at = asyncio.get_running_loop().time() + self._pace.settle_patience
        self._waiting.append(_Waiting(message, size, tell, give_up_at))
        self._some.set()
        if len(self._waiting) >= MANY:
            self._many.set()

    async def run(self) -> None:
        """Makes the calls, until it is cancelled. Whatever goes wrong, it goes on."""
        await asyncio.gather(self._call(self._some, 1), self._call(self._many, MANY))

    async def _call(self, woken: asyncio.Event, least: int) -> None:
        while True:
            await woken.wait()
            woken.clear()
            while len(self._waiting) >= least:
                batch = self._take()
                try:
                    await self._offer(batch)
                except Exception as error:
                    log.error("settling_failed", exc_info=error)
                    await self._offer_again(batch)

    def _take(self) -> list[_Waiting]:
        """The next call's: as many as fit, each of another job, or one that has to go alone."""
        size = 0
        batch: list[_Waiting] = []
        known: set[int] = set()
        for entry in self._waiting[:MOST_AT_ONCE]:
            size += entry.size
            job_id = entry.settlement.claim.job_id
            alone = entry.alone or (batch and batch[0].alone)
            if batch and (alone or size > BYTES_AT_ONCE or job_id in known):
                break
            batch.append(entry)
            known.add(job_id)
        del self._waiting[: len(batch)]
        return batch

    async def _offer(self, batch: list[_Waiting]) -> None:
        try:
            results = await self._queue.settle([entry.settlement for entry in batch])
        except grpc.aio.AioRpcError as error:
            await self._not_taken(batch, error.code())
            return
        if len(results) != len(batch):
            # Which of them is missing is not known; to settle the others twice does no harm.
            log.error("settlements_unanswered", asked=len(batch), answered=len(results))
            await self._offer_again(batch)
            return
        away = [
            entry
            for entry, result in zip(batch, results, strict=True)
            if not _end_with(entry, result)
        ]
        if away:
            await self._offer_again(away)

    async def _not_taken(self, batch: list[_Waiting], code: grpc.StatusCode) -> None:
        if code in _AWAY:
            await self._offer_again(batch)
        elif len(batch) > 1:
            for entry in batch:
                entry.alone = True
            self._waiting += batch
        elif code in _STUMBLED:
            log.error("settling_failed", code=code.name)
            await self._offer_again(batch)
        else:
            batch[0].end(SettlementRefused(code.name))

    async def _offer_again(self, batch: Iterable[_Waiting]) -> None:
        now = asyncio.get_running_loop().time()
        for entry in batch:
            if entry.give_up_at < now:
                entry.end(LOST)
            elif not entry.told:
                self._waiting.append(entry)
        await asyncio.sleep(self._pace.settle_pause)


def _end_with(entry: _Waiting, result: jobs.SettleResult) -> bool:
    """Tells whoever waits; False where the service says that it could not do it just now."""
    if not result.HasField("error"):
        entry.end(_WORDS[result.settled])
    elif result.error.code == _UNAVAILABLE:
        return False
    elif result.error.code == _ABORTED:
        entry.end(result.error.reason)
    else:
        entry.end(SettlementRefused(result.error.reason))
    return True
