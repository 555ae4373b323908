"""A job is with one worker at a time, and what an old claim says changes nothing."""

from __future__ import annotations

import time
from collections.abc import Callable

import grpc
import pytest

from kit.refusals import refusal_of
from protos.jobs.v1 import jobs_pb2 as pb
from services.jobs.model.complete import Ended, complete_laneless, complete_locked
from tests.jobs.queue.handing import waiting
from tests.jobs.queue.vocabulary import (
    Queue,
    answer,
    complete,
    duration,
    job,
    probe,
    retry,
    snooze,
    text,
    token,
    until,
)


def test_a_job_is_given_to_one_worker(queue: Queue) -> None:
    queue.enqueue("k")
    claimed = queue.claim_one(worker="w1")
    assert (claimed.job.key, claimed.job.attempt, claimed.claim) == ("k", 1, 1)
    assert claimed.job.payload == probe()
    assert queue.state("k") == "RUNNING"
    assert not queue.claim(worker="w2")


def test_a_dead_workers_job_is_claimable_when_its_lease_is_over(queue: Queue) -> None:
    queue.enqueue("k")
    first = queue.claim_one(worker="w1")
    queue.time_passes(29)
    assert not queue.claim(worker="w2")
    queue.time_passes(2)
    second = queue.claim_one(worker="w2")
    assert (second.job.attempt, second.claim) == (2, first.claim + 1)


def test_the_settlement_of_an_old_claim_changes_nothing(queue: Queue) -> None:
    queue.enqueue("k")
    old = queue.claim_one(worker="w1")
    queue.time_passes(31)
    new = queue.claim_one(worker="w2")
    for settlement in (complete(old, job("follow-up")), retry(old), snooze(old, 60)):
        assert queue.settle(settlement) == ["STALE_CLAIM"]
    assert queue.state("k") == "RUNNING"
    with pytest.raises(grpc.RpcError) as refused:
        queue.job("follow-up")
    assert refusal_of(refused.value).reason == "JOB_NOT_FOUND"
    assert queue.complete(new) == "DONE"


def test_a_claim_that_is_lost_amid_its_settlement_changes_nothing(queue: Queue) -> None:
    """A job in a lane takes two calls of the database to be ended."""
    queue.enqueue("k", answer())
    old = queue.claim_one(worker="w1")
    run, calls = queue.running.run, queue.running.calls
    _, locked = run(complete_laneless(calls, [Ended(old.job.job_id, old.claim, "")]))
    assert len(locked) == 1
    queue.time_passes(46)
    new = queue.claim_one(worker="w2")
    assert not run(complete_locked(calls, locked)).ended
    assert queue.complete(new) == "DONE"


def test_a_settlement_after_the_lease_counts_until_somebody_claims(queue: Queue) -> None:
    queue.enqueue("k")
    claimed = queue.claim_one()
    queue.time_passes(31)
    assert queue.complete(claimed) == "DONE"
    assert queue.state("k") == "COMPLETED"


@pytest.mark.parametrize("way", ["complete", "retry", "long retry", "snooze", "bury"])
def test_a_repeated_settlement_is_answered_already_whatever_it_did(queue: Queue, way: str) -> None:
    queue.enqueue("k")
    claimed = queue.claim_one()
    settle: Callable[[], str] = {
        "complete": lambda: queue.complete(claimed),
        "retry": lambda: queue.retry(claimed),
        "long retry": lambda: queue.retry(claimed, 60),
        "snooze": lambda: queue.snooze(claimed, 60),
        "bury": lambda: queue.bury(claimed),
    }[way]
    assert settle() == "DONE"
    state = queue.state("k")
    assert settle() == "ALREADY"
    assert queue.complete(claimed) == "ALREADY"
    assert queue.state("k") == state


def test_a_claim_that_never_was_is_stale(queue: Queue) -> None:
    queue.enqueue("k")
    claimed = queue.claim_one()
    for job_id, claim in ((claimed.job.job_id, claimed.claim + 1), (10**9, 1)):
        forged = pb.Settlement(claim=pb.ClaimToken(job_id=job_id, claim=claim), bury=pb.Bury())
        assert queue.settle(forged) == ["STALE_CLAIM"]
    assert queue.running.metric("stale_settles_total") >= 2


def test_settlements_of_one_call_do_not_harm_each_other(queue: Queue) -> None:
    queue.enqueue_all(job("a"), job("b"), job("c"), job("d"))
    a, b, c, d = queue.claim()
    nothing = pb.Settlement(claim=token(b))
    bad = complete(c, job("", probe()))
    assert queue.settle(complete(a), nothing, bad, complete(d), complete(d)) == [
        "DONE",
        "INVALID_ARGUMENT",
        "INVALID_ARGUMENT",
        "DONE",
        "INVALID_ARGUMENT",
    ]
    request = pb.SettleJobsRequest(settlements=[bad])
    [result] = queue.stub.SettleJobs(request).results
    assert result.error.message.startswith("complete.follow_ups[0].key: ")
    assert [queue.state(key) for key in "abcd"] == ["COMPLETED", "RUNNING", "RUNNING", "COMPLETED"]


def test_a_lease_can_be_made_whole_again(queue: Queue) -> None:
    queue.enqueue("k")
    claimed = queue.claim_one()
    queue.time_passes(25)
    request = pb.ExtendLeasesRequest(worker_id="w1", claims=[token(claimed)])
    [result] = queue.stub.ExtendLeases(request).results
    assert result.extended
    assert result.lease == duration(30)
    queue.time_passes(25)
    assert not queue.claim(worker="w2")


def test_a_lease_that_was_lost_is_not_extended(queue: Queue) -> None:
    queue.enqueue("k")
    old = queue.claim_one(worker="w1")
    queue.time_passes(31)
    new = queue.claim_one(worker="w2")
    request = pb.ExtendLeasesRequest(worker_id="w1", claims=[token(old), token(new)])
    lost, kept = queue.stub.ExtendLeases(request).results
    assert (lost.extended, kept.extended) == (False, True)


def test_a_lost_answer_is_given_back_at_once_and_costs_no_attempt(queue: Queue) -> None:
    queue.enqueue_all(job("kept"), job("lost"))
    kept = queue.claim_one(worker="w1")
    lost = queue.claim_one(worker="w1", held=[kept])
    again = queue.claim_one(worker="w1", held=[kept])
    assert (again.job.key, again.job.attempt) == ("lost", 1)
    assert again.claim == lost.claim + 1
    assert queue.complete(lost) == "STALE_CLAIM"
    assert queue.settle(complete(kept), complete(again)) == ["DONE", "DONE"]


def test_another_workers_leases_are_not_given_back(queue: Queue) -> None:
    queue.enqueue("k")
    claimed = queue.claim_one(worker="w1")
    assert not queue.claim(worker="w2")
    assert queue.complete(claimed) == "DONE"


def test_a_lost_lease_that_another_worker_has_since_is_left_alone(queue: Queue) -> None:
    queue.enqueue("k")
    queue.claim_one(worker="w1")
    queue.time_passes(31)
    second = queue.claim_one(worker="w2")
    assert not queue.claim(worker="w1")
    assert queue.complete(second) == "DONE"


def test_places_are_filled_class_by_class(queue: Queue) -> None:
    queue.enqueue_all(*(job(f"text{n}", text(f"SM{n}")) for n in range(4)))
    queue.enqueue_all(*(job(f"probe{n}") for n in range(4)))
    slots = [
        pb.Slots(types=["process_inbound_sms"], count=2),
        pb.Slots(types=["process_inbound_sms", "probe"], count=3),
    ]
    request = pb.ClaimJobsRequest(worker_id="w1", slots=slots)
    claimed = queue.stub.ClaimJobs(request).jobs
    assert [each.job.key for each in claimed] == ["text0", "text1", "text2", "text3", "probe0"]


def test_a_worker_without_free_places_gets_nothing(queue: Queue) -> None:
    queue.enqueue("k")
    assert not queue.stub.ClaimJobs(pb.ClaimJobsRequest(worker_id="w1")).jobs
    assert not queue.claim(count=0)


def test_types_that_nobody_asked_for_stay(queue: Queue) -> None:
    queue.enqueue_all(job("a"), job("b", text()))
    assert [each.job.key for each in queue.claim("probe", "a_type_of_tomorrow")] == ["a"]
    assert queue.state("b") == "READY"


def test_a_type_of_a_newer_version_is_left_alone_and_never_buried(queue: Queue) -> None:
    queue.enqueue("k")
    queue.admin.execute("UPDATE jobs.jobs SET type = 'a_type_of_tomorrow', attempt = 99")
    assert not queue.claim("a_type_of_tomorrow", *queue_types())
    assert queue.job("k").type == "a_type_of_tomorrow"
    assert queue.state("k") == "READY"


def queue_types() -> tuple[str, ...]:
    return ("probe", "answer_sms")


def test_the_lease_is_told_from_before_the_worker_asked(queue: Queue) -> None:
    asked = time.monotonic()
    with waiting(queue) as polling:
        rests = time.monotonic()
        until(lambda: time.monotonic() > rests + 0.5)
        queue.enqueue("k")
        [claimed] = polling.result()
    lease = claimed.lease.ToTimedelta().total_seconds()
    waited = time.monotonic() - asked
    assert 30.4 < lease <= 30 + waited


def test_a_job_says_how_old_it_is(queue: Queue) -> None:
    queue.enqueue("k")
    queue.time_passes(100)
    first = queue.claim_one()
    assert first.age == duration(0)
    queue.snooze(first, 10)
    queue.time_passes(11)
    age = queue.claim_one().age.ToTimedelta().total_seconds()
    assert 11 <= age < 40


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (pb.ClaimJobsRequest(), "worker_id"),
        (pb.ClaimJobsRequest(worker_id="w", slots=[pb.Slots(count=1001)]), "slots.count"),
        (pb.ClaimJobsRequest(worker_id="w", wait=duration(21)), "wait"),
        (pb.ClaimJobsRequest(worker_id="w", wait=duration(-1)), "wait"),
        (pb.ClaimJobsRequest(worker_id="w", poll=-1), "poll"),
    ],
)
def test_a_claim_that_makes_no_sense_is_refused_by_name(
    queue: Queue, request_: pb.ClaimJobsRequest, field: str
) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        queue.stub.ClaimJobs(request_)
    assert [name for name, _ in refusal_of(refused.value).violations] == [field]


def test_what_an_error_said_is_kept_only_if_it_is_a_code(queue: Queue) -> None:
    queue.enqueue_all(job("a", answer("a")), job("b", answer("b")))
    a, b = queue.claim()
    queue.retry(a, reason="TwilioRestException")
    queue.retry(b, reason="The number +12025550101 is not reachable")
    assert queue.job("a").last_error == "TwilioRestException"
    assert queue.job("b").last_error == "UNCLASSIFIED"
    rows = queue.admin.execute("SELECT claim, attempt, reason FROM jobs.job_errors").fetchall()
    assert sorted(rows) == [(1, 1, "TwilioRestException"), (1, 1, "UNCLASSIFIED")]
