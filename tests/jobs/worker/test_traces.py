"""Where the trace begins of what the providers were asked for, and of what only hangs below it."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping

import grpc

from kit import tracing
from protos.jobs.v1 import jobs_pb2 as pb
from protos.jobs.v1.jobs_pb2_grpc import JobsServiceServicer, add_JobsServiceServicer_to_server
from protos.jobs.v1.payloads_pb2 import JobPayload, Probe
from services.jobs.worker.queue import Queue
from services.jobs.workflows.outcome import FollowUp
from tests.spans import Spans, collecting

NEW, KNOWN, OURS = "twilio:SM1", "twilio:SM2", "prune:1"


class Storing(JobsServiceServicer):
    """Stores what it does not know."""

    def __init__(self) -> None:
        self.stored: dict[str, pb.NewJob] = {}

    async def EnqueueJobs(
        self, request: pb.EnqueueJobsRequest, _context: object
    ) -> pb.EnqueueJobsResponse:
        self.stored.update({job.key: job for job in request.jobs})
        results = [
            pb.EnqueueResult(job=pb.EnqueuedJob(created=job.key != KNOWN)) for job in request.jobs
        ]
        return pb.EnqueueJobsResponse(results=results)


async def reconcile() -> Mapping[str, pb.NewJob]:
    """One pass; the jobs that it had stored."""
    jobs = Storing()  # type: ignore[abstract]  # no more is called
    server = grpc.aio.server()
    add_JobsServiceServicer_to_server(jobs, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    payload = JobPayload(probe=Probe())
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        with tracing.span("reconcile", "consumer", parent={}):
            await Queue(channel, "w").offer(
                [FollowUp(key, payload, arrives=key != OURS) for key in (NEW, KNOWN, OURS)]
            )
    await server.stop(None)
    return jobs.stored


def trace_in(job: pb.NewJob) -> str:
    return job.headers["traceparent"].split("-")[1]


def trace_of(spans: Spans, name: str) -> str:
    context = spans.one(name).context
    assert context is not None
    return f"{context.trace_id:032x}"


def test_what_a_reconciler_fetched_begins_a_trace_of_its_own_if_it_is_new() -> None:
    with collecting() as spans:
        stored = asyncio.run(reconcile())
    of_key = {key: hashlib.sha256(key.encode()).hexdigest()[:32] for key in (NEW, KNOWN)}
    # the same as that of a webhook, which may have been first
    assert {key: trace_in(stored[key]) for key in (NEW, KNOWN)} == of_key
    assert trace_of(spans, "fetched from the provider") == of_key[NEW]
    assert spans.parent_of("fetched from the provider") is None
    root = spans.one("fetched from the provider").get_span_context()
    assert root is not None
    assert stored[NEW].headers["traceparent"].split("-")[2] == f"{root.span_id:016x}"


def test_what_a_reconciler_does_of_itself_is_part_of_its_own_trace() -> None:
    with collecting() as spans:
        stored = asyncio.run(reconcile())
    assert trace_in(stored[OURS]) == trace_of(spans, "reconcile")
