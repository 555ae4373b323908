"""Respite's queue through the client that gathers concurrent calls, as the gateway enqueues."""

from __future__ import annotations

from bench.peers.adapters.respite_queue import RespiteClient, RespiteQueue, probe
from bench.peers.system import Payload
from clients.jobs import JobsClient


class _GatheringClient(RespiteClient):
    """Callers enqueue one job each and know nothing of each other."""

    def __init__(self) -> None:
        super().__init__()
        self._client = JobsClient(self._channel)

    async def enqueue(self, job: Payload) -> None:
        if not (await self._client.enqueue(probe(job))).created:
            raise RuntimeError("the key was known")


class RespiteGatheredQueue(RespiteQueue):
    """The same service; only the client differs."""

    note = f"{RespiteQueue.note}; concurrent calls of a process are gathered"

    async def connect(self, callers: int) -> RespiteClient:
        return _GatheringClient()


SYSTEM = RespiteGatheredQueue()
