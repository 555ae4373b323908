"""Enqueueing jobs from any service that may."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import grpc

from kit.channel import DEADLINE_SECONDS
from kit.gatherer import Gatherer, Limits, Twin
from protos.jobs.v1 import jobs_pb2 as pb
from protos.jobs.v1.jobs_pb2_grpc import JobsServiceStub

SERVICE: Final = pb.DESCRIPTOR.services_by_name["JobsService"].full_name
IDEMPOTENT: Final = ("EnqueueJob", "EnqueueJobs")
"""The methods that a channel may repeat: a job's key makes them safe."""


def _pack(requests: Sequence[pb.EnqueueJobRequest]) -> pb.EnqueueJobsRequest:
    return pb.EnqueueJobsRequest(jobs=[request.job for request in requests], leave_held_lanes=True)


_TWIN: Final[Twin[pb.EnqueueJobRequest, pb.EnqueueJobResponse]] = Twin(
    pack=_pack,
    response=lambda result: pb.EnqueueJobResponse(job=result.job),
    # Whose lane is held waits for it by itself, and nobody with it.
    alone=frozenset({"LANE_HELD"}),
)

# With one at a time all callers are in step: they wait for the commit together, and the commit for
# them. Measured on the gateway: two take a third more posts a second than one, three two thirds
# more, and more than three no more.
_LIMITS: Final = Limits(flights=3)


class JobsClient:
    """Stores jobs, each once for its key. Those of concurrent callers travel in one call.

    channel: to the jobs service; see SERVICE and IDEMPOTENT.
    """

    def __init__(self, channel: grpc.aio.Channel) -> None:
        stub = JobsServiceStub(channel)
        self._enqueue = Gatherer(
            stub.EnqueueJob, stub.EnqueueJobs, _TWIN, domain="jobs", limits=_LIMITS
        )

    async def enqueue(self, job: pb.NewJob, *, timeout: float = DEADLINE_SECONDS) -> pb.EnqueuedJob:
        """Returns after the commit.

        timeout: seconds for this job, everything included. Raises grpc.aio.AioRpcError as
        EnqueueJob does; nobody else's job matters to it.
        """
        return (await self._enqueue(pb.EnqueueJobRequest(job=job), timeout=timeout)).job
