"""Settling many claims in one call: whatever ends while a call is under way goes with the next."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

import grpc

from kit.logging import get_logger
from protos.jobs.v1 import jobs_pb2 as jobs
from services.jobs.worker.lease import Lease
from services.jobs.worker.pace import Pace
from services.jobs.worker.queue import MOST_AT_ONCE, Queue, settlement
from services.jobs.workflows.outcome import Outcome

log = get_logger(__name__)

LOST = "LOST"
"""The service did not answer in time; nobody knows whether it took the settlement."""

BYTES_AT_ONCE = 1024 * 1024
"""Of one call, unless a single settlement has more; a message may have four times as many."""

MOST_BYTES = 3 * BYTES_AT_ONCE
"""Of one settlement."""

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


@dataclass(slots=True)
class _Waiting:
    settlement: jobs.Settlement
    ended: asyncio.Future[str]
    give_up_at: float
    alone: bool = False
    """True once a call failed that may have failed because of this one."""


class Settler:
    """Ends claims. One call is under way at a time."""

    def __init__(self, queue: Queue, pace: Pace) -> None:
        self._queue = queue
        self._pace = pace
        self._waiting: list[_Waiting] = []
        self._wake = asyncio.Event()

    async def settle(self, lease: Lease, outcome: Outcome) -> str:
        """Ends one claim; returns what became of it: a name of Settled, "STALE_CLAIM" or LOST.

        Raises SettlementRefused for an outcome that the queue does not take.
        """
        loop = asyncio.get_running_loop()
        entry = _Waiting(
            _on_the_wire(lease, outcome),
            loop.create_future(),
            loop.time() + self._pace.settle_patience,
        )
        self._waiting.append(entry)
        self._wake.set()
        return await entry.ended

    async def run(self) -> None:
        """Makes the calls, until it is cancelled. Whatever goes wrong, it goes on."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._waiting:
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
            size += entry.settlement.ByteSize()
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
            _refuse(batch[0], code.name)

    async def _offer_again(self, batch: Iterable[_Waiting]) -> None:
        now = asyncio.get_running_loop().time()
        for entry in batch:
            if entry.give_up_at < now:
                _end(entry, LOST)
            elif not entry.ended.done():
                self._waiting.append(entry)
        await asyncio.sleep(self._pace.settle_pause)


def _on_the_wire(lease: Lease, outcome: Outcome) -> jobs.Settlement:
    try:
        message = settlement(lease, outcome)
    except Exception as error:  # a value that the wire cannot carry
        raise SettlementRefused(type(error).__name__) from error
    if message.ByteSize() > MOST_BYTES:
        raise SettlementRefused("TOO_LARGE")
    return message


def _end_with(entry: _Waiting, result: jobs.SettleResult) -> bool:
    """Tells whoever waits; False where the service says that it could not do it just now."""
    if not result.HasField("error"):
        _end(entry, _WORDS[result.settled])
    elif result.error.code == _UNAVAILABLE:
        return False
    elif result.error.code == _ABORTED:
        _end(entry, result.error.reason)
    else:
        _refuse(entry, result.error.reason)
    return True


def _end(entry: _Waiting, word: str) -> None:
    if not entry.ended.done():
        entry.ended.set_result(word)


def _refuse(entry: _Waiting, reason: str) -> None:
    if not entry.ended.done():
        entry.ended.set_exception(SettlementRefused(reason))
