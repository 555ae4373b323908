"""A worker that is told to stop drains: nothing is lost, nothing is left."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import grpc

from services.jobs.worker.lease import Lease
from services.jobs.worker.slots import CLASSES
from services.jobs.workflows.outcome import Done, Outcome
from tests.jobs.worker.scripted import FAST, ScriptedJobs, a_job, eventually, story, working
from tests.jobs.worker.test_keeping_leases import Workflow, taken

AT_ONCE = timedelta(seconds=0.05)


def test_what_runs_may_end_within_the_grace_period() -> None:
    async def go() -> None:
        workflow = Workflow()
        async with working(workflow, due=[a_job(1)]) as running:
            await taken(running, workflow)
            running.tell_to_stop()
            await running.script.until(lambda: not running.script.claims[-1].slots)
            assert not running.task.done()
            workflow.end.set()
            await running.stop()
            assert running.script.ended(1) == "complete"
            assert not workflow.cut_off
            assert not running.worker.ready

    story(go())


def test_what_does_not_end_in_time_is_given_back() -> None:
    async def go() -> None:
        workflow = Workflow()
        async with working(workflow, due=[a_job(1), a_job(2)], grace=AT_ONCE) as running:
            await taken(running, workflow)
            await running.stop()
            for job_id in (1, 2):
                assert running.script.settled[job_id].snooze.reason == "WORKER_STOPPED"
                assert running.script.settled[job_id].snooze.delay.ToTimedelta() == timedelta(0)

    story(go())


def test_leases_are_kept_during_the_grace_period() -> None:
    async def go() -> None:
        workflow = Workflow()
        async with working(workflow, due=[a_job(1, lease=1.0)]) as running:
            running.script.extended_lease = 0.3
            await taken(running, workflow)
            running.tell_to_stop()
            await running.script.until(lambda: not running.script.claims[-1].slots)
            beats = len(running.script.extensions)
            await running.script.until(lambda: len(running.script.extensions) > beats + 3)
            workflow.end.set()
            await running.stop()
            assert running.script.ended(1) == "complete"

    story(go())


def test_nothing_is_claimed_any_more_and_what_was_not_heard_is_given_back() -> None:
    """The claim under way is cut off: what it may have leased is not among those held."""

    async def go() -> None:
        workflow = Workflow()
        async with working(workflow, due=[a_job(1)]) as running:
            await taken(running, workflow)
            await running.script.until(lambda: len(running.script.claims_of("rest")) == 2)
            running.tell_to_stop()
            await running.script.until(lambda: len(running.script.claims_of("rest")) == 3)
            last = running.script.claims_of("rest")[-1]
            assert list(last.slots) == []
            assert [token.job_id for token in last.held] == [1]
            assert last.wait.ToTimedelta() == timedelta(0)
            await running.script.offer(a_job(2))
            workflow.end.set()
            await running.stop()
            assert len(running.script.claims_of("rest")) == 3
            assert 2 not in running.script.settled

    story(go())


def test_a_settlement_that_is_offered_again_and_again_outlives_the_grace_period() -> None:
    async def go() -> None:
        def script_first(script: ScriptedJobs) -> None:
            script.settle_script += [grpc.StatusCode.UNAVAILABLE] * 20

        due = [a_job(1)]
        async with working(due=due, grace=AT_ONCE, script_first=script_first) as running:
            await running.script.until(lambda: running.script.batches)
            await running.stop()
            assert running.script.ended(1) == "complete"

    story(go())


def test_a_jobs_service_that_is_gone_does_not_keep_the_worker_from_ending() -> None:
    async def go() -> None:
        def script_first(script: ScriptedJobs) -> None:
            script.settle_script += [grpc.StatusCode.UNAVAILABLE] * 10_000

        pace = replace(FAST, last_words=0.2)
        async with working(
            due=[a_job(1)], grace=AT_ONCE, pace=pace, script_first=script_first
        ) as running:
            await running.script.until(lambda: running.script.batches)
            running.script.claim_script += [grpc.StatusCode.UNAVAILABLE] * 10
            await running.stop()
            assert not running.script.settled
            assert not running.worker._held

    story(go())


def test_a_workflow_that_will_not_be_stopped_does_not_keep_the_worker_from_ending() -> None:
    async def go() -> None:
        stubborn = 0

        async def run(lease: Lease) -> Outcome:
            nonlocal stubborn
            while stubborn < 1:
                try:
                    await asyncio.Event().wait()
                except asyncio.CancelledError:
                    stubborn += 1
            await asyncio.Event().wait()
            return Done("never")

        pace = replace(FAST, last_words=0.1)
        async with working(run, due=[a_job(1)], grace=AT_ONCE, pace=pace) as running:
            await running.script.until(lambda: len(running.script.claims) > 1)
            await running.stop()
            assert not running.worker._held
            assert not running.script.settled

    story(go())


def test_being_told_to_stop_twice_is_being_told_once() -> None:
    async def go() -> None:
        async with working() as running:
            await running.script.until(lambda: running.script.claims)
            running.tell_to_stop()
            running.tell_to_stop()
            await running.stop()
            assert len([each for each in running.script.claims if not each.slots]) == len(CLASSES)

    story(go())


def test_a_worker_may_be_told_to_stop_before_it_began() -> None:
    async def go() -> None:
        async with working() as running:
            await running.stop()
            assert [list(each.slots) for each in running.script.claims] == [[]] * len(CLASSES)

    story(go())


def test_a_full_worker_stops_too() -> None:
    async def go() -> None:
        workflow = Workflow()
        due = [a_job(each, "send_crisis_reply") for each in range(1, 11)]
        due += [a_job(each, "answer_sms") for each in (11, 12)]
        async with working(workflow, due=due, grace=AT_ONCE) as running:
            await eventually(lambda: len(workflow.leases) == 12)
            await running.stop()
            assert len(running.script.settled) == 12

    story(go())


def test_a_worker_that_is_cancelled_leaves_no_task_behind() -> None:
    async def go() -> None:
        workflow = Workflow()
        async with working(workflow, due=[a_job(1)]) as running:
            await taken(running, workflow)
            running.task.cancel()
            await asyncio.wait((running.task,))
            assert running.task.cancelled()
            assert not running.worker._held
            running.task = asyncio.create_task(asyncio.sleep(0))

    story(go())
