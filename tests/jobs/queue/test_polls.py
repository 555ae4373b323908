"""Waiting for jobs costs nobody anything, and ends when there are some."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest

from kit.refusals import refusal_of
from protos.jobs.v1 import jobs_pb2 as pb
from tests.jobs.queue.handing import WAIT, waiting
from tests.jobs.queue.racing import are_waiting
from tests.jobs.queue.running import POLLS
from tests.jobs.queue.vocabulary import Queue, answer, duration, job, until

pytestmark = pytest.mark.slow


LONG = WAIT / 2
"""Seconds that are no wait for anything but the end of a poll."""


def test_a_poll_is_woken_by_an_enqueue(queue: Queue) -> None:
    with waiting(queue) as polling:
        queue.enqueue("k")
        [claimed] = polling.result(LONG)
    assert claimed.job.key == "k"


def test_a_poll_is_woken_when_a_lane_goes_on(queue: Queue) -> None:
    queue.enqueue_all(job("a", answer()), job("b", answer()))
    first = queue.claim_one()
    with waiting(queue, held=[first]) as polling:
        queue.complete(first)
        [second] = polling.result(LONG)
    assert second.job.key == "b"


def test_a_poll_is_woken_when_a_short_wait_is_over(queue: Queue) -> None:
    queue.enqueue("k")
    claimed = queue.claim_one()
    started = time.monotonic()
    queue.retry(claimed, 0.5)
    assert queue.claim_one(wait=WAIT).job.attempt == 2
    assert 0.3 < time.monotonic() - started < LONG


def test_a_poll_is_not_woken_for_types_it_did_not_ask_for(queue: Queue) -> None:
    with ThreadPoolExecutor(1) as pool:
        polling = pool.submit(queue.claim, "answer_sms", wait=0.4)
        until(lambda: queue.running.switchboard.polls == 1 or polling.done())
        queue.enqueue("k")
        assert not polling.result()


def test_a_poll_without_jobs_ends_with_nothing_when_its_time_is_over(queue: Queue) -> None:
    started = time.monotonic()
    assert not queue.claim(wait=0.3)
    assert 0.25 < time.monotonic() - started < LONG


def test_a_lost_wake_up_costs_one_look_of_the_clock(queue: Queue) -> None:
    def store_behind_its_back() -> None:
        queue.admin.execute(
            "INSERT INTO jobs.jobs (id, key, type, priority, run_at, claim, settled_claim,"
            " attempt, last_error, payload, place, blocked, cancel_requested)"
            " VALUES (nextval('jobs.job_ids'), 'k', 'probe', 2, now(), 0, 0, 0, '', '', 1,"
            " false, false)"
        )
        queue.tick()

    with waiting(queue) as polling:
        store_behind_its_back()
        [claimed] = polling.result(LONG)
    assert claimed.job.key == "k"


def test_waiting_polls_are_bounded_and_hold_up_no_other_call(queue: Queue) -> None:
    with ThreadPoolExecutor(POLLS) as pool:
        polls = [pool.submit(queue.claim, worker=f"w{n}", count=1, wait=WAIT) for n in range(POLLS)]
        until(lambda: queue.running.switchboard.polls == POLLS)
        with pytest.raises(grpc.RpcError) as refused:
            queue.claim(worker="one too many", wait=3)
        refusal = refusal_of(refused.value)
        assert refusal.code is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert refusal.retry_after is not None
        started = time.monotonic()
        queue.enqueue_all(*(job(f"k{n}") for n in range(POLLS)))
        assert time.monotonic() - started < LONG
        keys = [each.job.key for poll in polls for each in poll.result()]
    assert sorted(keys) == sorted(f"k{n}" for n in range(POLLS))


def test_what_a_worker_that_went_away_was_given_is_given_back(queue: Queue) -> None:
    """The claim is held up until its caller is gone."""
    queue.enqueue("k")
    with queue.admin.transaction():
        queue.admin.execute("LOCK TABLE jobs.worker_claims")
        request = pb.ClaimJobsRequest(
            worker_id="w1", slots=[pb.Slots(types=["probe"], count=1)], wait=duration(5)
        )
        calling = queue.stub.ClaimJobs.future(request)
        are_waiting(queue, 1)
        calling.cancel()
        until(lambda: queue.running.switchboard.polls == 0)
    given = queue.claim_one(worker="w2", wait=WAIT)
    assert (given.job.attempt, given.claim) == (1, 2)


def test_polls_go_home_when_the_process_stops(queue: Queue) -> None:
    with ThreadPoolExecutor(1) as pool:
        polling = pool.submit(queue.claim, wait=WAIT)
        until(lambda: queue.running.switchboard.polls == 1)
        queue.running.run(_close(queue))
        assert polling.result(LONG) == []
    queue.running.switchboard._closed = False


async def _close(queue: Queue) -> None:
    queue.running.switchboard.close()
