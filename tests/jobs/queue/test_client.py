"""Services enqueue through `clients.jobs`, whose concurrent calls travel together."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import grpc

from clients.jobs import JobsClient
from kit.refusals import refusal_of
from protos.jobs.v1 import jobs_pb2 as pb
from services.jobs.model.lanes import LOCK_CLASS, number_of
from tests.jobs.queue.vocabulary import Queue, answer, job


def through(address: str, story: Callable[[JobsClient], Awaitable[None]]) -> None:
    """Tells a story to a client of its own."""

    async def tell() -> None:
        async with asyncio.timeout(30), grpc.aio.insecure_channel(address) as channel:
            await story(JobsClient(channel))

    asyncio.run(tell())


def test_concurrent_callers_get_each_their_own_job(queue: Queue, grpc_addr: str) -> None:
    async def story(client: JobsClient) -> None:
        keys = [str(number % 100) for number in range(300)]
        made = await asyncio.gather(*(client.enqueue(job(key)) for key in keys))
        assert sum(each.created for each in made) == 100
        assert [queue.job(key).job_id for key in keys[:20]] == [each.job_id for each in made[:20]]
        assert len({(key, each.job_id) for key, each in zip(keys, made, strict=True)}) == 100

    through(grpc_addr, story)


def test_a_bad_job_is_refused_as_it_would_be_alone_and_no_other(
    queue: Queue, grpc_addr: str
) -> None:
    async def story(client: JobsClient) -> None:
        bad = pb.NewJob(key="bad")
        [alone] = await asyncio.gather(client.enqueue(bad), return_exceptions=True)
        good, refused, fine = await asyncio.gather(
            *(client.enqueue(each) for each in (job("a"), bad, job("b"))), return_exceptions=True
        )
        assert isinstance(good, pb.EnqueuedJob)
        assert isinstance(fine, pb.EnqueuedJob)
        assert facts(refused) == facts(alone) == ("INVALID_ARGUMENT", "jobs")

    through(grpc_addr, story)


def facts(error: object) -> tuple[str, str]:
    assert isinstance(error, grpc.aio.AioRpcError)
    refusal = refusal_of(error)
    return refusal.reason, refusal.domain


def test_a_lane_that_somebody_holds_delays_no_other_caller(queue: Queue, grpc_addr: str) -> None:
    async def story(client: JobsClient) -> None:
        with queue.admin.transaction():
            queue.admin.execute(
                "SELECT pg_advisory_xact_lock(%s, %s)", [LOCK_CLASS, number_of("person:ann")]
            )
            calls = [job("fast"), job("slow", answer("ann")), job("fast too")]
            fast, slow, fast_too = (asyncio.create_task(client.enqueue(each)) for each in calls)
            assert (await fast).created
            assert (await fast_too).created
            assert (await client.enqueue(job("later"))).created
            assert not slow.done()
        assert (await slow).created

    through(grpc_addr, story)
    assert queue.state("slow") == "READY"
