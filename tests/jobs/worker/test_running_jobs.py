"""From the claim to the settlement."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import pytest
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from protos.jobs.v1 import jobs_pb2 as pb
from protos.jobs.v1.payloads_pb2 import JobPayload, Probe
from services.jobs.job_type import SlotClass
from services.jobs.worker.lease import Lease
from services.jobs.worker.pace import Pace
from services.jobs.worker.slots import CLASSES
from services.jobs.workflows.outcome import Bury, Done, FollowUp, Later, Outcome, Retry
from tests.jobs.worker.scripted import (
    FAST,
    ScriptedJobs,
    a_job,
    eventually,
    serving,
    story,
    working,
)

PROBE = JobPayload(probe=Probe(note="next"))


def job_id(lease: Lease) -> int:
    return lease.job.job.job_id


def ends_in(outcome: Any, *, lease: float = 15.0, pace: Pace = FAST) -> pb.Settlement:
    """How the queue was told of a job whose workflow ends so, or raises it."""
    kept: list[pb.Settlement] = []

    async def run(lease: Lease) -> Any:
        if isinstance(outcome, BaseException):
            raise outcome
        return await outcome() if callable(outcome) else outcome

    async def go() -> None:
        async with working(run, due=[a_job(1, lease=lease)], pace=pace) as running:
            await running.script.until(lambda: 1 in running.script.settled, "the settlement")
            kept.append(running.script.settled[1])

    story(go())
    return kept[0]


def test_a_job_that_is_done_completes_with_its_follow_ups() -> None:
    at = datetime(2026, 11, 24, 9, 0, 0, 5, tzinfo=UTC)
    settlement = ends_in(Done("ok", (FollowUp("a", PROBE), FollowUp("b", PROBE, at))))
    assert settlement.claim == pb.ClaimToken(job_id=1, claim=1)
    assert settlement.complete.result == "ok"
    now, later = settlement.complete.follow_ups
    assert (now.key, now.payload, now.HasField("run_time")) == ("a", PROBE, False)
    assert (later.key, later.run_time.ToDatetime(UTC)) == ("b", at)


def test_every_other_outcome_is_told_as_it_is() -> None:
    snooze = ends_in(Later(timedelta(seconds=90), "TOO_EARLY")).snooze
    assert (snooze.reason, snooze.delay.ToTimedelta()) == ("TOO_EARLY", timedelta(seconds=90))
    assert ends_in(Bury("HOPELESS")).bury.reason == "HOPELESS"
    retry = ends_in(Retry("AGAIN", timedelta(seconds=7))).retry
    assert (retry.reason, retry.delay.ToTimedelta()) == ("AGAIN", timedelta(seconds=7))
    assert ends_in(Retry("AGAIN")).retry.delay.ToTimedelta() == timedelta(0)


def test_an_exception_is_a_retry_that_names_its_class_and_nothing_else(
    caplog: pytest.LogCaptureFixture,
) -> None:
    settlement = ends_in(KeyError("+12025550101 said: hi"))
    assert settlement.retry.reason == "KeyError"


def test_a_refused_call_is_a_retry_that_names_service_and_reason() -> None:
    metadata = grpc.aio.Metadata()
    error = grpc.aio.AioRpcError(grpc.StatusCode.UNAVAILABLE, metadata, metadata, "+12025550101")
    assert ends_in(error).retry.reason == "GRPC_UNAVAILABLE"


def test_a_workflow_that_hangs_is_a_retry() -> None:
    async def hang() -> Outcome:
        await asyncio.Event().wait()
        raise AssertionError

    short = replace(FAST, run_limit=0.2)
    assert ends_in(hang, lease=1.0, pace=short).retry.reason == "RUN_TIMEOUT"


def test_a_workflow_whose_own_time_ran_out_does_not_count_as_hanging() -> None:
    assert ends_in(TimeoutError()).retry.reason == "TimeoutError"


def test_a_call_that_broke_off_is_a_retry() -> None:
    """A channel that is closed cancels its calls: nobody asked this job to stop."""
    assert ends_in(asyncio.CancelledError()).retry.reason == "BROKE_OFF"


@pytest.mark.parametrize("nothing", [None, "done", 1])
def test_a_workflow_that_ends_in_no_outcome_is_a_retry(nothing: object) -> None:
    async def forget() -> object:
        return nothing

    assert ends_in(forget).retry.reason == "TypeError"


@pytest.mark.parametrize(
    ("outcome", "reason"),
    [
        (Later(90, "TOO_EARLY"), "OUTCOME_TypeError"),  # type: ignore[arg-type]
        (Done(7), "OUTCOME_TypeError"),  # type: ignore[arg-type]
        (Done("x" * 4_000_000), "OUTCOME_TOO_LARGE"),
    ],
    ids=["delay", "result", "size"],
)
def test_an_outcome_that_the_wire_cannot_carry_is_a_retry(outcome: Outcome, reason: str) -> None:
    assert ends_in(outcome).retry.reason == reason


def test_an_outcome_that_the_queue_refuses_is_a_retry_and_not_run_again_at_once() -> None:
    async def go() -> None:
        def refuse(script: ScriptedJobs) -> None:
            script.refused[1] = pb.ItemStatus(code=3, reason="INVALID_ARGUMENT")

        async with working(due=[a_job(1)], script_first=refuse) as running:
            await running.script.until(lambda: 1 in running.script.settled)
            assert running.script.settled[1].retry.reason == "OUTCOME_INVALID_ARGUMENT"

    story(go())


def test_a_stale_claim_ends_without_another_word() -> None:
    async def go() -> None:
        def refuse(script: ScriptedJobs) -> None:
            script.refused[1] = pb.ItemStatus(code=10, reason="STALE_CLAIM")

        async with working(due=[a_job(1)], script_first=refuse) as running:
            await running.script.until(lambda: not running.script.refused)
            await running.stop()
            assert running.script.batches == [[1]]

    story(go())


def test_jobs_run_beside_each_other_up_to_the_places_of_their_class() -> None:
    async def go() -> None:
        at_once: set[int] = set()
        most = 0
        go_on = asyncio.Event()

        async def run(lease: Lease) -> Outcome:
            nonlocal most
            at_once.add(job_id(lease))
            most = max(most, len(at_once))
            await running.script.tell()
            await go_on.wait()
            at_once.discard(job_id(lease))
            return Done("ok")

        async with working(run, due=[a_job(each, "answer_sms") for each in range(1, 6)]) as running:
            await running.script.until(lambda: len(at_once) == 2, "two answers")
            await running.script.offer(a_job(9, "send_crisis_reply"))
            await running.script.until(lambda: 9 in at_once, "the urgent one")
            assert most == 3
            go_on.set()
            await running.script.until(lambda: len(running.script.settled) == 6)

    story(go())


def test_a_claim_names_every_lease_that_is_held() -> None:
    async def go() -> None:
        go_on = asyncio.Event()

        async def run(lease: Lease) -> Outcome:
            await go_on.wait()
            return Done("ok")

        async with working(run, due=[a_job(1, claim=4)]) as running:
            await running.script.until(lambda: len(running.script.claims_of("rest")) > 1)
            second = running.script.claims_of("rest")[1]
            assert list(second.held) == [pb.ClaimToken(job_id=1, claim=4)]
            assert second.worker_id == "worker-1/rest"
            assert not running.script.claims_of("urgent")[-1].held  # each class holds its own
            go_on.set()
            await running.script.until(lambda: 1 in running.script.settled)
            seen = len(running.script.claims_of("rest"))
            await running.script.offer(a_job(2))
            await running.script.until(lambda: len(running.script.claims_of("rest")) > seen + 1)
            assert pb.ClaimToken(job_id=1, claim=4) not in running.script.claims_of("rest")[-1].held
            numbers = [each.poll for each in running.script.claims_of("rest")]
            assert numbers == sorted(set(numbers))
            assert numbers[0] > 0

    story(go())


def test_a_large_class_makes_two_claims_at_once_each_with_what_it_holds_itself() -> None:
    async def go() -> None:
        go_on = asyncio.Event()

        async def run(lease: Lease) -> Outcome:
            await go_on.wait()
            return Done("ok")

        async with working(run, total=400) as running:
            script = running.script
            await script.until(lambda: script.claims_of("rest") and script.claims_of("rest-2"))
            assert {each.slots[0].count for each in script.claims if "rest" in each.worker_id} == {
                75
            }
            await script.offer(a_job(1))
            names = ("rest", "rest-2")
            await script.until(lambda: any(script.claims_of(name)[-1].held for name in names))
            held = [[token.job_id for token in script.claims_of(name)[-1].held] for name in names]
            assert sorted(held) == [[], [1]]
            go_on.set()
            await script.until(lambda: 1 in script.settled)

    story(go())


def test_a_job_whose_lease_is_used_up_when_its_claim_is_answered_is_neither_begun_nor_settled() -> (
    None
):
    begun: list[int] = []

    async def run(lease: Lease) -> Outcome:
        begun.append(job_id(lease))
        return Done("ok")

    async def go() -> None:
        async def late(request: pb.ClaimJobsRequest, context: Any) -> pb.ClaimJobsResponse:
            await asyncio.sleep(0.02)
            jobs = [a_job(1, lease=0.01, claim=4), a_job(2)]
            return pb.ClaimJobsResponse(jobs=jobs if request.worker_id.endswith("/rest") else [])

        def script_first(script: ScriptedJobs) -> None:
            script.claim_script += [late] * len(CLASSES)

        async with working(run, script_first=script_first) as running:
            await running.script.until(lambda: len(running.script.claims_of("rest")) > 1)
            second = running.script.claims_of("rest")[1]
            assert all(token.job_id != 1 for token in second.held)  # the queue takes it back
            await running.script.until(lambda: 2 in running.script.settled)
            await running.stop()
            assert begun == [2]
            assert running.script.batches == [[2]]

    with capture_logs() as lines:
        story(go())
    assert [each["job_id"] for each in lines if each["event"] == "claim_came_too_late"] == [1]


@pytest.mark.parametrize(
    "trouble", [grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.INTERNAL, grpc.StatusCode.UNKNOWN]
)
def test_a_claim_that_fails_is_made_again_and_the_worker_is_not_ready_meanwhile(
    trouble: grpc.StatusCode,
) -> None:
    async def go() -> None:
        came = asyncio.Event()
        go_on = asyncio.Event()

        async def hold(request: Any, context: Any) -> pb.ClaimJobsResponse:
            came.set()
            await go_on.wait()
            return pb.ClaimJobsResponse()

        def script_first(script: ScriptedJobs) -> None:
            async def nothing(request: Any, context: Any) -> pb.ClaimJobsResponse:
                return pb.ClaimJobsResponse()

            # each class of places claims for itself
            script.claim_script += [*[nothing] * 3, *[trouble] * 3, *[hold] * 3]

        async with working(script_first=script_first) as running:
            assert not running.worker.ready
            await came.wait()
            await running.script.until(lambda: len(running.script.claims) == 9)
            assert not running.worker.ready
            go_on.set()
            await eventually(lambda: running.worker.ready)
            await running.script.offer(a_job(1))
            await running.script.until(lambda: 1 in running.script.settled)

    story(go())


def test_a_bug_in_claiming_is_heard_of_and_does_not_end_the_worker(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def go() -> None:
        async with working() as running:
            await running.script.until(lambda: running.script.claims)
            real = running.worker._slots.on_offer
            calls = 0

            def broken(slot_class: SlotClass) -> Any:
                nonlocal calls
                calls += 1
                if calls == 1:
                    raise ValueError("a bug")
                return real(slot_class)

            running.worker._slots.on_offer = broken  # type: ignore[method-assign]
            await running.script.offer(a_job(1), a_job(2))
            await running.script.until(lambda: len(running.script.settled) == 2)
            await running.script.until(lambda: calls > 1)

    story(go())


def test_a_jobs_service_that_is_not_there_yet_is_waited_for() -> None:
    async def go() -> None:
        async with serving() as (script, channel):
            await channel.close()
            assert script.claims == []
        async with working(
            script_first=lambda script: script.claim_script.extend(
                [grpc.StatusCode.UNAVAILABLE] * 5
            )
        ) as running:
            await running.script.offer(a_job(1))
            await running.script.until(lambda: 1 in running.script.settled)

    story(go())


def test_nothing_that_a_person_wrote_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    words = "+12025550101 my mother fell"

    async def go() -> None:
        job = a_job(1)
        job.job.payload.CopyFrom(JobPayload(probe=Probe(note=words)))
        async with working(due=[job], pace=replace(FAST, heartbeat=0.01)) as running:
            await running.script.until(lambda: 1 in running.script.settled)

    story(go())
    assert "my mother" not in caplog.text


def test_it_is_measured_how_long_a_job_waits_runs_and_settles() -> None:
    def counts() -> list[float]:
        names = ("claim_to_run", "run", "settle")
        labels = [{"type": "probe"}, {"type": "probe", "outcome": "Done"}, {"type": "probe"}]
        return [
            REGISTRY.get_sample_value(f"respite_job_{name}_seconds_count", each) or 0
            for name, each in zip(names, labels, strict=True)
        ]

    before = counts()
    ends_in(Done("ok"))
    assert [now - then for now, then in zip(counts(), before, strict=True)] == [1, 1, 1]
