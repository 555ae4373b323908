"""Settling many claims in one call: whatever ends while a call is under way goes with the next."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import grpc

from kit.logging import get_logger
from protos.jobs.v1 import jobs_pb2 as jobs
from services.jobs.worker.lease import Lease
from services.jobs.worker.queue import MOST_AT_ONCE, Queue, settlement
from services.jobs.workflows.outcome import Outcome

log = get_logger(__name__)

PATIENCE = 60.0
"""Seconds for which a settlement is offered to a service that does not answer. Later, the lease has
run out long since, and the job is run again anyway."""

PAUSE = 0.2
"""Seconds between two offers."""

_WORTH_ANOTHER_TRY = frozenset(
    {
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.DEADLINE_EXCEEDED,
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        grpc.StatusCode.ABORTED,
        grpc.StatusCode.INTERNAL,
    }
)


@dataclass(slots=True)
class _Waiting:
    settlement: jobs.Settlement
    ended: asyncio.Future[str]
    give_up_at: float


class Settler:
    """Ends claims. One call is under way at a time."""

    def __init__(self, queue: Queue) -> None:
        self._queue = queue
        self._waiting: list[_Waiting] = []
        self._wake = asyncio.Event()

    async def settle(self, lease: Lease, outcome: Outcome) -> str:
        """Ends one claim; returns what became of it: a name of Settled, a reason, or "LOST"."""
        loop = asyncio.get_running_loop()
        entry = _Waiting(settlement(lease, outcome), loop.create_future(), loop.time() + PATIENCE)
        self._waiting.append(entry)
        self._wake.set()
        return await entry.ended

    async def run(self) -> None:
        """Makes the calls, until it is cancelled."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._waiting:
                batch, self._waiting = (
                    self._waiting[:MOST_AT_ONCE],
                    self._waiting[MOST_AT_ONCE:],
                )
                await self._offer(batch)

    async def _offer(self, batch: list[_Waiting]) -> None:
        try:
            results = await self._queue.settle([entry.settlement for entry in batch])
        except grpc.aio.AioRpcError as error:
            await self._offer_again(batch, error)
            return
        for entry, result in zip(batch, results, strict=True):
            if result.HasField("error"):
                _end(entry, result.error.reason)
            else:
                _end(entry, jobs.Settled.Name(result.settled).removeprefix("SETTLED_"))

    async def _offer_again(self, batch: list[_Waiting], error: grpc.aio.AioRpcError) -> None:
        """A batch that was refused as a whole is offered one by one: one item may be at fault."""
        if error.code() not in _WORTH_ANOTHER_TRY:
            if len(batch) > 1:
                for entry in batch:
                    await self._offer([entry])
                return
            log.error("settlement_refused", code=error.code().name)
            _end(batch[0], error.code().name)
            return
        now = asyncio.get_running_loop().time()
        for entry in batch:
            if entry.give_up_at < now:
                _end(entry, "LOST")
            else:
                self._waiting.append(entry)
        self._wake.set()
        await asyncio.sleep(PAUSE)


def _end(entry: _Waiting, word: str) -> None:
    if not entry.ended.done():
        entry.ended.set_result(word)
