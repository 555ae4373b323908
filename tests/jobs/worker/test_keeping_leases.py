"""Heartbeats: leases are kept, lost ones are given up, unwanted jobs stop."""

from __future__ import annotations

import asyncio
from typing import Any

import grpc
import pytest

from protos.jobs.v1 import jobs_pb2 as pb
from services.jobs.wire.fields import MOST_ITEMS
from services.jobs.worker.lease import Lease
from services.jobs.workflows.outcome import Done, Outcome
from tests.jobs.worker.scripted import Running, ScriptedJobs, a_job, eventually, story, working


class Workflow:
    """Runs until it is told to end; remembers whether it was cut off."""

    def __init__(self) -> None:
        self.end = asyncio.Event()
        self.leases: list[Lease] = []
        self.cut_off = 0

    async def __call__(self, lease: Lease) -> Outcome:
        self.leases.append(lease)
        try:
            await self.end.wait()
        except asyncio.CancelledError:
            self.cut_off += 1
            raise
        return Done("ok")


def test_a_job_that_runs_longer_than_its_lease_keeps_it() -> None:
    async def go() -> None:
        workflow = Workflow()
        async with working(workflow, due=[a_job(1, lease=1.0)]) as running:
            running.script.extended_lease = 0.2
            await running.script.until(lambda: len(running.script.extensions) > 5)
            assert workflow.leases[0].left().total_seconds() <= 0.2
            workflow.end.set()
            await running.script.until(lambda: running.script.ended(1) == "complete")

    story(go())


def test_an_extension_is_as_long_as_the_queue_says() -> None:
    async def go() -> None:
        workflow = Workflow()
        async with working(workflow, due=[a_job(1, lease=1.0)]) as running:
            running.script.extended_lease = 90.0
            lease = await taken(running, workflow)
            await eventually(lambda: lease.length >= 90)
            assert 60 < lease.left().total_seconds() <= 90
            workflow.end.set()

    story(go())


def test_more_jobs_than_fit_into_a_call_keep_their_leases() -> None:
    async def go() -> None:
        workflow = Workflow()
        due = [a_job(number, lease=1.0) for number in range(1, MOST_ITEMS + 2)]
        async with working(workflow, due=due, total=4 * len(due)) as running:
            await eventually(lambda: len(workflow.leases) == len(due))
            running.script.lost.add(due[-1].job.job_id)
            await eventually(lambda: workflow.cut_off)
            kept = [lease.length for lease in workflow.leases if lease.record.job_id < len(due)]
            assert min(kept) >= 15
            workflow.end.set()
            await eventually(lambda: len(running.script.settled) == len(kept))
            assert workflow.cut_off == 1

    story(go())


async def taken(running: Running, workflow: Workflow) -> Lease:
    await eventually(lambda: workflow.leases)
    return workflow.leases[0]


def test_a_job_that_lost_its_lease_is_stopped_and_not_settled() -> None:
    async def go() -> None:
        workflow = Workflow()
        async with working(workflow, due=[a_job(1, lease=1.0)]) as running:
            running.script.lost.add(1)
            await eventually(lambda: workflow.cut_off)
            seen = len(running.script.claims)
            await running.script.offer(a_job(2))
            await running.script.until(lambda: len(running.script.claims) > seen + 1)
            assert all(token.job_id != 1 for token in running.script.claims[-1].held)
            workflow.end.set()
            await running.script.until(lambda: 2 in running.script.settled)
            assert 1 not in running.script.settled

    story(go())


def test_a_job_that_is_to_stop_stops_and_says_so() -> None:
    async def go() -> None:
        workflow = Workflow()
        async with working(workflow, due=[a_job(1, lease=1.0)]) as running:
            running.script.unwanted.add(1)
            await running.script.until(lambda: 1 in running.script.settled)
            assert running.script.settled[1].snooze.reason == "CANCEL_REQUESTED"
            assert workflow.cut_off == 1

    story(go())


def test_a_workflow_that_will_not_be_stopped_completes() -> None:
    async def go() -> None:
        async def run(lease: Lease) -> Outcome:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                return Done("too late to stop")
            raise AssertionError

        async with working(run, due=[a_job(1, lease=1.0)]) as running:
            running.script.unwanted.add(1)
            await running.script.until(lambda: running.script.ended(1) == "complete")

    story(go())


async def too_short(request: Any, context: Any) -> pb.ExtendLeasesResponse:
    return pb.ExtendLeasesResponse()


@pytest.mark.parametrize(
    "trouble", [grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.INTERNAL, too_short]
)
def test_a_heartbeat_that_fails_is_followed_by_the_next(trouble: Any) -> None:
    async def go() -> None:
        workflow = Workflow()

        def script_first(script: ScriptedJobs) -> None:
            script.extend_script += [trouble, trouble]

        due = [a_job(1, lease=1.0)]
        async with working(workflow, due=due, script_first=script_first) as running:
            await running.script.until(lambda: len(running.script.extensions) > 2)
            lease = workflow.leases[0]
            await eventually(lambda: lease.length >= 15)
            assert not workflow.cut_off
            workflow.end.set()
            await running.script.until(lambda: 1 in running.script.settled)

    story(go())


def test_a_lease_that_ends_while_its_job_is_settled_cuts_nothing_off() -> None:
    """The heartbeat and the settlement cross: the service has ended the claim already."""

    async def go() -> None:
        release = asyncio.Event()

        async def slow(request: pb.SettleJobsRequest, context: Any) -> pb.SettleJobsResponse:
            answer = await script.settle(request)
            await release.wait()
            return answer

        def script_first(made: ScriptedJobs) -> None:
            made.settle_script.append(slow)
            made.lost.add(1)

        due = [a_job(1, lease=1.0)]
        async with working(due=due, script_first=script_first) as running:
            script = running.script
            await script.until(lambda: 1 in script.settled)
            beats = len(script.extensions)
            await script.until(lambda: len(script.extensions) > beats + 2)
            [held] = running.worker._held
            assert held.cut_off is None
            release.set()

    story(go())
