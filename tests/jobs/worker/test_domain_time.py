"""Workflows go by domain time, the queue by its own; between the two stands the worker's queue."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import grpc

from kit.wire import timestamp
from protos.jobs.v1.payloads_pb2 import JobPayload, Probe
from services.jobs.worker.lease import Lease
from services.jobs.worker.queue import Queue
from services.jobs.workflows.outcome import Done, FollowUp
from tests.jobs.worker.scripted import a_job, story

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
THREE_DAYS = timedelta(days=3)


def test_what_a_workflow_hears_and_asks_of_the_queues_time_is_moved_with_its_clock() -> None:
    async def go() -> None:
        async with grpc.aio.insecure_channel("localhost:1") as channel:
            queue = Queue(channel, "w", lambda: THREE_DAYS)
            assert queue.domain_time(timestamp(NOON)) == NOON + THREE_DAYS
            later = FollowUp("later", JobPayload(probe=Probe()), NOON + THREE_DAYS)
            now = FollowUp("now", JobPayload(probe=Probe()))
            settled = queue.settlement(Lease(a_job(1), 0.0), Done("ok", (later, now)))
            first, second = settled.complete.follow_ups
            assert first.run_time.ToDatetime(UTC) == NOON
            assert not second.HasField("run_time")

    story(go())
