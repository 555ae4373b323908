"""What gRPC alone costs: the jobs service's port, and behind it nothing.

`python -m bench.stubbed_jobs`, with the environment of the jobs service. grpc.aio and mutual TLS as
there, but no access rules, no metrics, no database, and requests that nobody reads: whatever stores
a job behind grpcio, in whatever way, is slower than this. Only a job that a worker waits for is
read, to be handed over; of the others the newest is kept for whoever comes.
"""

from __future__ import annotations

import asyncio
import itertools
from collections import deque
from typing import Any, Final

import grpc
import uvloop
from prometheus_client import REGISTRY

from kit.logging import configure_logging
from kit.process import async_stop_event_on_signals, expect_many_objects
from kit.settings import load
from kit.telemetry import HealthServer
from kit.tls import server_credentials
from kit.wire import duration
from protos.jobs.v1 import jobs_pb2 as pb
from respite.jobs import JobsSettings
from respite.lifeline import hold_on
from services.jobs.types import JOB_TYPES

_STORED: Final = pb.EnqueueJobResponse(
    job=pb.EnqueuedJob(job_id=1, created=True)
).SerializeToString()


class _Alone(grpc.GenericRpcHandler):
    """Answers by method, bytes for bytes."""

    def __init__(self) -> None:
        self._polls: deque[asyncio.Future[bytes]] = deque()
        self._newest: bytes | None = None
        self._ids = itertools.count(1)
        self._handlers: dict[str, grpc.RpcMethodHandler[bytes, bytes]] = {
            f"/jobs.v1.JobsService/{method.__name__}": grpc.unary_unary_rpc_method_handler(method)
            for method in (self.EnqueueJob, self.ClaimJobs, self.SettleJobs)
        }

    def service(
        self, handler_call_details: grpc.HandlerCallDetails
    ) -> grpc.RpcMethodHandler[bytes, bytes] | None:
        """None, hence UNIMPLEMENTED, for whatever no measurement calls."""
        return self._handlers.get(handler_call_details.method)

    async def EnqueueJob(self, request: bytes, context: Any) -> bytes:  # noqa: N802 (RPC)
        """Hands the job to the poll that waits longest, if there is one."""
        while self._polls:
            poll = self._polls.popleft()
            if not poll.done():
                poll.set_result(request)
                return _STORED
        self._newest = request
        return _STORED

    async def ClaimJobs(self, request: bytes, context: Any) -> bytes:  # noqa: N802 (RPC)
        """Waits for one job of the type that is measured."""
        asked = pb.ClaimJobsRequest.FromString(request)
        wait = asked.wait.ToTimedelta().total_seconds()
        if not any("probe" in group.types for group in asked.slots):
            await asyncio.sleep(wait)
            return b""
        found, self._newest = self._newest, None
        if found is None:
            poll = asyncio.get_running_loop().create_future()
            self._polls.append(poll)
            await asyncio.wait([poll], timeout=wait)
            if not poll.done():
                poll.cancel()
                return b""
            found = poll.result()
        return pb.ClaimJobsResponse(jobs=[self._claimed(found)]).SerializeToString()

    async def SettleJobs(self, request: bytes, context: Any) -> bytes:  # noqa: N802 (RPC)
        """Every claim is done."""
        count = len(pb.SettleJobsRequest.FromString(request).settlements)
        done = [pb.SettleResult(settled=pb.SETTLED_DONE)] * count
        return pb.SettleJobsResponse(results=done).SerializeToString()

    def _claimed(self, request: bytes) -> pb.ClaimedJob:
        new = pb.EnqueueJobRequest.FromString(request).job
        name = new.payload.WhichOneof("type") or ""
        job = pb.Job(job_id=next(self._ids), key=new.key, type=name, attempt=1, payload=new.payload)
        return pb.ClaimedJob(job=job, claim=1, lease=duration(JOB_TYPES[name].lease))


async def _serve(settings: JobsSettings) -> None:
    stop = async_stop_event_on_signals()
    server = grpc.aio.server()
    server.add_generic_rpc_handlers([_Alone()])
    address = f"{settings.bind_host}:{settings.jobs_port}"
    server.add_secure_port(address, server_credentials(settings.tls_files(), REGISTRY))
    health = HealthServer(settings.bind_host, settings.jobs_metrics_port, lambda: True)
    await server.start()
    health.start()
    await stop.wait()
    await server.stop(0)
    health.stop()


def main() -> None:
    """Runs until SIGTERM."""
    expect_many_objects()
    hold_on()
    settings = load(JobsSettings)
    configure_logging(settings.process, settings.log_level, settings.log_format)
    uvloop.run(_serve(settings))


if __name__ == "__main__":
    main()
