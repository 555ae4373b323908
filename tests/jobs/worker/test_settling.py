"""Many claims are settled in one call, and what goes wrong with one harms no other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import grpc
import pytest

from protos.jobs.v1 import jobs_pb2 as pb
from services.jobs.worker.lease import Lease
from services.jobs.worker.pace import Pace
from services.jobs.worker.queue import Queue
from services.jobs.worker.settler import BYTES_AT_ONCE, LOST, SettlementRefused, Settler
from services.jobs.workflows.outcome import Done
from tests.jobs.worker.scripted import FAST, ScriptedJobs, a_job, serving, story


@asynccontextmanager
async def settling(pace: Pace = FAST) -> AsyncIterator[tuple[ScriptedJobs, Settler]]:
    async with serving() as (script, channel):
        settler = Settler(Queue(channel, "worker-1"), pace)
        running = asyncio.create_task(settler.run())
        try:
            yield script, settler
            assert not running.done(), "the settler died"
        finally:
            running.cancel()


async def end(settler: Settler, lease: Lease, result: str = "ok") -> Any:
    """What became of a claim: a word, or SettlementRefused."""
    told: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    settler.settle(lease, Done(result), told.set_result)
    return await told


async def settle(settler: Settler, *job_ids: int, result: str = "ok") -> list[Any]:
    """What became of each."""
    return await asyncio.gather(
        *(end(settler, Lease(a_job(each), 0.0), result) for each in job_ids)
    )


def test_what_ends_at_once_is_settled_in_one_call() -> None:
    async def go() -> None:
        async with settling() as (script, settler):
            assert await settle(settler, *range(1, 101)) == ["DONE"] * 100
            assert script.batches == [list(range(1, 101))]

    story(go())


def test_what_ends_during_a_call_goes_with_the_next() -> None:
    async def go() -> None:
        go_on = asyncio.Event()

        async def slow(request: pb.SettleJobsRequest, context: Any) -> pb.SettleJobsResponse:
            await go_on.wait()
            return await script.settle(request)

        async with settling() as (script, settler):
            script.settle_script.append(slow)
            first = asyncio.create_task(settle(settler, 1))
            await script.until(lambda: script.batches)
            rest = asyncio.create_task(settle(settler, 2, 3, 4))
            await asyncio.sleep(0)
            go_on.set()
            assert await first + await rest == ["DONE"] * 4
            assert script.batches == [[1], [2, 3, 4]]

    story(go())


@pytest.mark.parametrize(
    "code",
    [
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        grpc.StatusCode.ABORTED,
        grpc.StatusCode.CANCELLED,
        grpc.StatusCode.INTERNAL,
        grpc.StatusCode.UNKNOWN,
    ],
)
def test_a_service_that_fails_is_asked_again(code: grpc.StatusCode) -> None:
    async def go() -> None:
        async with settling() as (script, settler):
            script.settle_script += [code] * 3
            assert await settle(settler, 1) == ["DONE"]
            assert script.batches == [[1]] * 4

    story(go())


def test_a_service_that_stays_away_is_given_up_in_the_end() -> None:
    async def go() -> None:
        async with settling(replace(FAST, settle_patience=0.1)) as (script, settler):
            script.settle_script += [grpc.StatusCode.UNAVAILABLE] * 10_000
            assert await settle(settler, 1, 2) == [LOST, LOST]
            script.settle_script.clear()
            assert await settle(settler, 3) == ["DONE"]

    story(go())


def test_a_settlement_whose_answer_was_lost_counts_once() -> None:
    async def go() -> None:
        async def lose(request: pb.SettleJobsRequest, context: Any) -> pb.SettleJobsResponse:
            await script.settle(request)
            await context.abort(grpc.StatusCode.UNAVAILABLE, "lost")
            raise AssertionError

        async with settling() as (script, settler):
            script.settle_script.append(lose)
            assert await settle(settler, 1) == ["ALREADY"]

    story(go())


@pytest.mark.parametrize("code", [grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.INTERNAL])
def test_one_that_fails_the_whole_call_fails_alone(code: grpc.StatusCode) -> None:
    async def others(patience: float) -> list[Any]:
        async def choke(request: pb.SettleJobsRequest, context: Any) -> pb.SettleJobsResponse:
            if any(each.claim.job_id == 2 for each in request.settlements):
                await context.abort(code, "cannot digest it")
            return await script.settle(request)

        async with settling(replace(FAST, settle_patience=patience)) as (script, settler):
            script.settle_script += [choke] * 10_000
            one, two, three = await settle(settler, 1, 2, 3)
            assert two == LOST or isinstance(two, SettlementRefused)
            return [one, three]

    # A machine that is busy for longer than that gets another try.
    for patience in (0.3, 3.0, 15.0):
        if asyncio.run(others(patience)) == ["DONE", "DONE"]:
            return
    pytest.fail("the others are lost too")


def test_an_item_that_is_refused_harms_no_other() -> None:
    async def go() -> None:
        async with settling() as (script, settler):
            script.refused = {
                2: pb.ItemStatus(code=10, reason="STALE_CLAIM"),
                3: pb.ItemStatus(code=3, reason="INVALID_ARGUMENT"),
                4: pb.ItemStatus(code=14, reason="STORE_UNAVAILABLE"),
            }
            one, two, three, four, five = await settle(settler, 1, 2, 3, 4, 5)
            assert (one, two, five) == ("DONE", "STALE_CLAIM", "DONE")
            assert isinstance(three, SettlementRefused)
            assert str(three) == "INVALID_ARGUMENT"
            assert four == "DONE", "it is offered again"

    story(go())


def test_an_answer_that_is_too_short_loses_nothing() -> None:
    async def go() -> None:
        async def cut(request: pb.SettleJobsRequest, context: Any) -> pb.SettleJobsResponse:
            answer = await script.settle(request)
            del answer.results[1:]
            return answer

        async with settling() as (script, settler):
            script.settle_script.append(cut)
            assert await settle(settler, 1, 2, 3) == ["ALREADY"] * 3

    story(go())


def test_a_word_of_a_newer_service_does_not_end_the_settler() -> None:
    async def go() -> None:
        async def strange(request: pb.SettleJobsRequest, context: Any) -> pb.SettleJobsResponse:
            await script.settle(request)
            return pb.SettleJobsResponse(results=[pb.SettleResult(settled=77)])  # type: ignore[arg-type]

        async with settling() as (script, settler):
            script.settle_script.append(strange)
            assert await settle(settler, 1) == ["ALREADY"]
            assert await settle(settler, 2) == ["DONE"]

    story(go())


def test_a_call_is_never_larger_than_a_message_may_be() -> None:
    async def go() -> None:
        async with settling() as (script, settler):
            words = "x" * (BYTES_AT_ONCE // 3)
            assert await settle(settler, *range(1, 10), result=words) == ["DONE"] * 9
            assert max(map(len, script.batches)) == 2

    story(go())


def test_two_claims_of_one_job_never_go_in_one_call() -> None:
    async def go() -> None:
        async with settling() as (script, settler):
            leases = [Lease(a_job(1, claim=number), 0.0) for number in (1, 2)]
            await asyncio.gather(*(end(settler, lease) for lease in leases))
            assert script.batches == [[1], [1]]

    story(go())
