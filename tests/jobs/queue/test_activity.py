"""What the queue says of itself at a moment: rates, lanes that wait, who has what."""

from __future__ import annotations

from datetime import timedelta

import pytest

from protos.jobs.v1 import jobs_pb2 as pb
from tests.jobs.queue.vocabulary import Queue, answer, in_seconds, job, probe


def activity(queue: Queue) -> pb.GetQueueActivityResponse:
    return queue.stub.GetQueueActivity(pb.GetQueueActivityRequest())


def rates(queue: Queue) -> dict[str, pb.TypeActivity]:
    return {each.type: each for each in activity(queue).types}


def test_an_idle_queue_says_nothing(queue: Queue) -> None:
    assert activity(queue) == pb.GetQueueActivityResponse()


def test_rates_count_what_was_stored_and_what_ended_in_the_last_ten_seconds(queue: Queue) -> None:
    queue.enqueue_all(*(job(f"p{n}") for n in range(20)), job("a", answer()))
    queue.enqueue("later", probe(), run_time=in_seconds(3600))
    for claimed in queue.claim("probe", count=5):
        queue.complete(claimed)
    found = rates(queue)
    assert found["probe"].stored_per_second == pytest.approx(2.1)
    assert found["probe"].ended_per_second == pytest.approx(0.5)
    assert found["answer_sms"].stored_per_second == pytest.approx(0.1)
    assert found["answer_sms"].ended_per_second == 0
    assert not found["answer_sms"].HasField("done_p50")


def test_the_times_from_due_to_done_are_kept_a_while_longer(queue: Queue) -> None:
    for waited in (1, 2, 3):
        queue.enqueue(f"{waited}")
        queue.complete(queue.claim_one("probe"))
    queue.admin.execute(
        "UPDATE jobs.finished_jobs SET finished_at = finished_at - interval '20 s',"
        " run_at = finished_at - interval '20 s' - key::int * interval '1 s'"
    )
    queue.time_passes(20)
    [found] = activity(queue).types
    assert (found.type, found.stored_per_second, found.ended_per_second) == ("probe", 0, 0)
    assert found.done_p50.ToTimedelta().total_seconds() == pytest.approx(2)
    assert found.done_p95.ToTimedelta().total_seconds() == pytest.approx(2.9)
    queue.admin.execute(
        "UPDATE jobs.finished_jobs SET finished_at = finished_at - interval '5 min'"
    )
    assert not activity(queue).types


def test_a_burst_is_measured_by_its_newest_thousand(queue: Queue) -> None:
    queue.enqueue_all(*(job(f"p{n}") for n in range(900)))
    queue.enqueue_all(*(job(f"q{n}") for n in range(900)))

    def measured() -> float:
        queue.admin.execute("UPDATE jobs.job_keys SET created_at = now() - interval '4 s'")
        return rates(queue)["probe"].stored_per_second

    # Once is enough: a busy machine may take a while to look.
    assert any(measured() == pytest.approx(250, rel=0.3) for _ in range(10))


def test_lanes_that_wait_are_told_with_what_they_wait_for(queue: Queue) -> None:
    queue.enqueue_all(*(job(f"ann{n}", answer("ann")) for n in range(3)))
    queue.enqueue_all(*(job(f"bob{n}", answer("bob")) for n in range(4)))
    queue.enqueue_all(job("carla", answer("carla")), job("free"))
    queue.retry(queue.claim_one("answer_sms"), reason="HTTP_503")
    queue.time_passes(3)
    queue.claim_one("answer_sms")
    found = activity(queue)
    assert found.waiting_lanes == 2
    assert [(each.lane, each.waiting) for each in found.longest_lanes] == [
        ("person:bob", 3),
        ("person:ann", 2),
    ]
    heads = {each.lane: each for each in found.longest_lanes}
    assert heads["person:ann"].job_id == queue.job("ann0").job_id
    assert (heads["person:ann"].last_error, heads["person:ann"].attempt) == ("HTTP_503", 1)
    assert [each.running for each in found.longest_lanes] == [True, False]
    assert heads["person:ann"].age.seconds == 3


def test_what_goes_on_being_tried_is_told_with_the_reason(queue: Queue) -> None:
    queue.enqueue_all(*(job(f"p{n}") for n in range(3)), job("new"))
    queue.enqueue("later", probe(), run_time=in_seconds(3600))
    first, second, third = queue.claim("probe", count=3)
    queue.retry(first, reason="HTTP_503")
    queue.retry(second, reason="HTTP_503", delay=300)
    queue.retry(third, reason="TWILIO_20429", delay=3600)
    queue.time_passes(60)
    found = [(each.type, each.last_error, each.jobs) for each in activity(queue).tried]
    assert found == [("probe", "HTTP_503", 2), ("probe", "TWILIO_20429", 1)]
    assert activity(queue).tried[0].age.ToTimedelta() >= timedelta(seconds=60)


def test_workers_are_told_with_the_jobs_they_have(queue: Queue) -> None:
    queue.enqueue_all(*(job(f"p{n}") for n in range(9)), job("a", answer("ann")))
    held = queue.claim("probe", count=8, worker="host-1-aa/rest")
    queue.claim_one("answer_sms", worker="host-1-aa/answers")
    queue.time_passes(2)
    queue.claim_one("probe", worker="host-2-bb/rest")
    answers, one, other = activity(queue).workers
    assert [each.worker_id for each in (answers, one, other)] == [
        "host-1-aa/answers",
        "host-1-aa/rest",
        "host-2-bb/rest",
    ]
    assert [each.running for each in (answers, one, other)] == [1, 8, 1]
    assert 2 <= one.idle.seconds < 20
    assert one.idle.ToTimedelta() - other.idle.ToTimedelta() >= timedelta(seconds=2)
    assert [each.job_id for each in one.leases] == sorted(each.job.job_id for each in held)[:5]
    [lease] = answers.leases
    assert (lease.type, lease.lane, lease.attempt) == ("answer_sms", "person:ann", 1)
    assert 2 <= lease.age.seconds < 20
    assert 25 < lease.remaining.seconds < 43
    queue.time_passes(301)
    assert not activity(queue).workers
