"""A jobs service on a real socket that hands out what it is told to, and remembers all it is told.

What it cannot show, that the real service keeps its side, is in the stories.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import grpc
from google.protobuf.duration_pb2 import Duration

from protos.jobs.v1 import jobs_pb2 as pb
from protos.jobs.v1.jobs_pb2_grpc import JobsServiceServicer, add_JobsServiceServicer_to_server
from protos.jobs.v1.payloads_pb2 import JobPayload, Probe
from services.jobs.types import JOB_TYPES
from services.jobs.wire.fields import MOST_ITEMS
from services.jobs.worker.lease import Lease
from services.jobs.worker.pace import Pace
from services.jobs.worker.queue import Queue
from services.jobs.worker.slots import Slots
from services.jobs.worker.worker import Worker
from services.jobs.workflows.outcome import Done, Outcome

GRACE = timedelta(seconds=30)

Answer = Callable[[Any, Any], Any]


def a_job(job_id: int, type_: str = "probe", lease: float = 15.0, claim: int = 1) -> pb.ClaimedJob:
    """A job that is due. lease: seconds."""
    length = Duration()
    length.FromTimedelta(timedelta(seconds=lease))
    payload = JobPayload(probe=Probe(note="x"))
    job = pb.Job(job_id=job_id, key=f"key-{job_id}", type=type_, attempt=1, payload=payload)
    return pb.ClaimedJob(job=job, claim=claim, lease=length)


class ScriptedJobs(JobsServiceServicer):
    """due: jobs to hand out. Jobs in `lost` have lost their lease, those in `unwanted` are asked to
    stop. claim_script, extend_script and settle_script: what the next calls meet, a status or a
    function in place of the handler; then all is well again.
    """

    def __init__(self) -> None:
        self.due: list[pb.ClaimedJob] = []
        self.lost: set[int] = set()
        self.unwanted: set[int] = set()
        self.refused: dict[int, pb.ItemStatus] = {}
        self.claim_script: list[grpc.StatusCode | Answer] = []
        self.extend_script: list[grpc.StatusCode | Answer] = []
        self.settle_script: list[grpc.StatusCode | Answer] = []
        self.claims: list[pb.ClaimJobsRequest] = []
        self.extensions: list[int] = []
        self.batches: list[list[int]] = []
        self.settled: dict[int, pb.Settlement] = {}
        self.extended_lease = 15.0
        self._changed = asyncio.Condition()

    async def until(self, condition: Callable[[], Any], what: str = "it") -> None:
        """Returns once the condition holds; it is looked at whenever a call came or ended."""
        try:
            async with asyncio.timeout(30), self._changed:
                await self._changed.wait_for(condition)
        except TimeoutError:
            raise AssertionError(f"waited in vain for {what}") from None

    async def tell(self) -> None:
        """Has `until` look again."""
        async with self._changed:
            self._changed.notify_all()

    async def offer(self, *jobs: pb.ClaimedJob) -> None:
        """Makes jobs due."""
        self.due += jobs
        await self.tell()

    async def ClaimJobs(self, request: pb.ClaimJobsRequest, context: Any) -> pb.ClaimJobsResponse:
        self.claims.append(request)
        await self.tell()
        if self.claim_script:
            return await self._scripted(self.claim_script.pop(0), request, context)  # type: ignore[no-any-return]
        wait = request.wait.ToTimedelta().total_seconds()
        try:
            async with asyncio.timeout(wait), self._changed:
                await self._changed.wait_for(lambda: self._for(request))
        except TimeoutError:
            return pb.ClaimJobsResponse()
        return pb.ClaimJobsResponse(jobs=self._hand_out(request))

    def _for(self, request: pb.ClaimJobsRequest) -> list[pb.ClaimedJob]:
        room = [(set(group.types), group.count) for group in request.slots]
        found = []
        for job in self.due:
            for place, (types, count) in enumerate(room):
                if job.job.type in types and count:
                    room[place] = (types, count - 1)
                    found.append(job)
                    break
        return found

    def _hand_out(self, request: pb.ClaimJobsRequest) -> list[pb.ClaimedJob]:
        found = self._for(request)
        self.due = [job for job in self.due if job not in found]
        return found

    async def ExtendLeases(
        self, request: pb.ExtendLeasesRequest, context: Any
    ) -> pb.ExtendLeasesResponse:
        self.extensions += [token.job_id for token in request.claims]
        await self.tell()
        if len(request.claims) > MOST_ITEMS:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, "claims")
        if self.extend_script:
            return await self._scripted(self.extend_script.pop(0), request, context)  # type: ignore[no-any-return]
        return pb.ExtendLeasesResponse(results=[self._lease(token) for token in request.claims])

    def _lease(self, token: pb.ClaimToken) -> pb.LeaseResult:
        if token.job_id in self.lost:
            return pb.LeaseResult()
        length = Duration()
        length.FromTimedelta(timedelta(seconds=self.extended_lease))
        unwanted = token.job_id in self.unwanted
        return pb.LeaseResult(extended=True, cancel_requested=unwanted, lease=length)

    async def SettleJobs(
        self, request: pb.SettleJobsRequest, context: Any
    ) -> pb.SettleJobsResponse:
        self.batches.append([each.claim.job_id for each in request.settlements])
        await self.tell()
        if self.settle_script:
            return await self._scripted(self.settle_script.pop(0), request, context)  # type: ignore[no-any-return]
        return await self.settle(request)

    async def settle(self, request: pb.SettleJobsRequest) -> pb.SettleJobsResponse:
        """Takes every settlement that is not to be refused."""
        results = []
        for each in request.settlements:
            job_id = each.claim.job_id
            if (error := self.refused.pop(job_id, None)) is not None:
                results.append(pb.SettleResult(error=error))
            elif job_id in self.settled:
                results.append(pb.SettleResult(settled=pb.SETTLED_ALREADY))
            else:
                self.settled[job_id] = each
                results.append(pb.SettleResult(settled=pb.SETTLED_DONE))
        await self.tell()
        return pb.SettleJobsResponse(results=results)

    async def _scripted(self, step: grpc.StatusCode | Answer, request: Any, context: Any) -> Any:
        if isinstance(step, grpc.StatusCode):
            await context.abort(step, "scripted")
        return await step(request, context)  # type: ignore[operator]

    def claims_of(self, claimer: str) -> list[pb.ClaimJobsRequest]:
        """The claims that were made under a name, which for its first claimer is the class of
        places."""
        return [each for each in self.claims if each.worker_id.endswith(f"/{claimer}")]

    def ended(self, job_id: int) -> str:
        """How a job was settled, "" where it was not."""
        settlement = self.settled.get(job_id)
        return settlement.WhichOneof("outcome") or "" if settlement else ""


@asynccontextmanager
async def serving() -> AsyncIterator[tuple[ScriptedJobs, grpc.aio.Channel]]:
    """The service, and a channel to it."""
    script = ScriptedJobs()  # type: ignore[abstract]  # a worker calls no more
    server = grpc.aio.server()
    add_JobsServiceServicer_to_server(script, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    channel = grpc.aio.insecure_channel(f"127.0.0.1:{port}")
    try:
        yield script, channel
    finally:
        await channel.close()
        await server.stop(0)


async def ok(lease: Lease) -> Outcome:
    """A workflow that is done at once."""
    return Done("ok")


FAST = Pace(
    long_poll=timedelta(seconds=1),
    short_poll=timedelta(seconds=0.05),
    claim_pause=0.02,
    heartbeat=0.02,
    run_limit=1000.0,
    settle_patience=60.0,
    settle_pause=0.01,
    last_words=30.0,
)


class Hearing:
    """What nobody caught in this event loop, but for what an earlier loop of this process left.

    All loops share gRPC's one queue of events, and whichever runs empties it: the end of a call
    that an earlier test gave up is handed to the loop of that test, which is closed, by ours, which
    hears the complaint.
    """

    def __init__(self) -> None:
        self.unheard: list[dict[str, Any]] = []

    def __call__(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        of_another = repr(context.get("exception")) == "RuntimeError('Event loop is closed')"
        if not of_another:
            self.unheard.append(context)


class Running:
    """A worker in a task of its own."""

    def __init__(self, script: ScriptedJobs, worker: Worker, grace: timedelta) -> None:
        self.script = script
        self.worker = worker
        self._stop = asyncio.Event()
        self.task = asyncio.create_task(worker.run(self._stop, grace))

    def tell_to_stop(self) -> None:
        self._stop.set()

    async def stop(self) -> None:
        self._stop.set()
        async with asyncio.timeout(60):
            await self.task


@asynccontextmanager
async def working(
    run: Callable[[Lease], Any] = ok,
    *,
    due: Sequence[pb.ClaimedJob] = (),
    total: int = 12,
    grace: timedelta = GRACE,
    pace: Pace = FAST,
    script_first: Callable[[ScriptedJobs], None] = lambda script: None,
) -> AsyncIterator[Running]:
    """A worker on a scripted service. Ends it, and fails where it leaves a task or an unheard error
    behind."""
    hearing = Hearing()
    asyncio.get_running_loop().set_exception_handler(hearing)
    async with serving() as (script, channel):
        before = asyncio.all_tasks()
        script.due += due
        script_first(script)
        worker = Worker(Queue(channel, "worker-1"), Slots(total, JOB_TYPES), run, pace)
        running = Running(script, worker, grace)
        try:
            yield running
        finally:
            await running.stop()
        left = {task for task in asyncio.all_tasks() - before if "worker" in repr(task.get_coro())}
        assert not left, left
    assert not hearing.unheard, hearing.unheard


async def eventually(condition: Callable[[], Any]) -> Any:
    """The first truthy value of a condition of which no call of the worker tells."""
    tick = asyncio.Event()  # that nobody sets: there is nothing that could
    while not (value := condition()):
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(tick.wait(), 0.002)
    return value


def story(work: Any) -> None:
    """Runs a test's coroutine."""

    async def limited() -> None:
        async with asyncio.timeout(90):
            await work

    asyncio.run(limited())
