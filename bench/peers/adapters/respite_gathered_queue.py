"""Respite's queue through the client that gathers concurrent calls, as gateway and worker do."""

from __future__ import annotations

from bench.peers.adapters.respite_queue import RespiteClient, RespiteQueue, probe
from bench.peers.system import Payload
from kit.gatherer import Gatherer, Twin
from protos.jobs.v1 import jobs_pb2 as jobs

_TWIN: Twin[jobs.EnqueueJobRequest, jobs.EnqueueJobResponse] = Twin(
    pack=lambda requests: jobs.EnqueueJobsRequest(jobs=[each.job for each in requests]),
    response=lambda result: jobs.EnqueueJobResponse(job=result.job),
)


class _GatheringClient(RespiteClient):
    """Callers enqueue one job each and know nothing of each other."""

    def __init__(self) -> None:
        super().__init__()
        self._enqueue = Gatherer(
            self._stub.EnqueueJob, self._stub.EnqueueJobs, _TWIN, domain="jobs"
        )

    async def enqueue(self, job: Payload) -> None:
        answer = await self._enqueue(jobs.EnqueueJobRequest(job=probe(job)))
        if not answer.job.created:
            raise RuntimeError("the key was known")


class RespiteGatheredQueue(RespiteQueue):
    """The same service; only the client differs."""

    note = f"{RespiteQueue.note}; concurrent calls of a process are gathered"

    async def connect(self, callers: int) -> RespiteClient:
        return _GatheringClient()


SYSTEM = RespiteGatheredQueue()
