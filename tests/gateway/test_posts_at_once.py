"""Posts that come at the same time share a call to the jobs service, and nothing else."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor

import grpc

from tests.gateway.door import Answer, Door, sms, wait_until
from tests.gateway.fake_jobs import FakeJobs

POSTS = 40


def at_once(door: Door, jobs: FakeJobs) -> list[Answer]:
    """The answers to posts SM0, SM1, ... that came while the jobs service took its time."""
    jobs.answers.clear()
    with ThreadPoolExecutor(POSTS) as pool:

        def post(number: int) -> Future[Answer]:
            return pool.submit(door.twilio, "/twilio/sms", sms(f"SM{number}"))

        first = post(0)
        wait_until(lambda: jobs.calls == 1)
        others = [post(number) for number in range(1, POSTS)]
        wait_until(lambda: jobs.batches)
        jobs.answers.set()
        return [each.result() for each in (first, *others)]


def test_posts_at_once_take_few_calls(door: Door, jobs: FakeJobs) -> None:
    assert {answer.status for answer in at_once(door, jobs)} == {200}
    assert set(jobs.jobs) == {f"twilio:SM{number}" for number in range(POSTS)}
    assert jobs.calls <= POSTS / 4


def test_a_refused_job_is_the_trouble_of_its_own_post_alone(door: Door, jobs: FakeJobs) -> None:
    jobs.refused = {
        "twilio:SM5": grpc.StatusCode.INVALID_ARGUMENT,
        "twilio:SM6": grpc.StatusCode.UNAVAILABLE,
        "twilio:SM7": grpc.StatusCode.INTERNAL,
    }
    statuses = [answer.status for answer in at_once(door, jobs)]
    assert statuses[5:8] == [400, 503, 503]
    assert set(statuses[:5] + statuses[8:]) == {200}
    assert len(jobs.jobs) == POSTS - 3
