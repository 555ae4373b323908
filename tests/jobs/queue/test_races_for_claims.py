"""Who ends, extends, claims, cancels or retries a job at the same moment: one or the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import pytest

from protos.jobs.v1 import jobs_pb2 as pb
from tests.jobs.queue.promises import breaches
from tests.jobs.queue.racing import (
    ROUNDS,
    are_waiting,
    at_once,
    behind_a_lock,
    both,
    clear,
    is_there,
    its_lease_runs_out,
    new,
    reason,
)
from tests.jobs.queue.replica import Replica
from tests.jobs.queue.vocabulary import (
    Caller,
    Queue,
    answer,
    bury,
    complete,
    retry,
    snooze,
    stripe,
)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def callers(replicas: Sequence[Replica]) -> Sequence[Caller]:
    """The same workers and operator at either replica."""
    return [each.caller("admin") for each in replicas]


@pytest.fixture(autouse=True)
def _promises_are_kept(queue: Queue) -> Iterator[None]:
    yield
    assert breaches(queue.admin) == []


# -- claims ------------------------------------------------------------------------------------


def test_no_job_is_given_to_two_workers(queue: Queue, callers: Sequence[Caller]) -> None:
    queue.enqueue_all(*(new(f"k{n}") for n in range(200)))

    def work(number: int) -> list[int]:
        held: list[pb.ClaimedJob] = []
        caller = callers[number % 2]
        while some := caller.claim(count=7, worker=f"w{number}", held=held):
            held += some
        return [each.job.job_id for each in held]

    given = Counter(job_id for ids in at_once(8, work) for job_id in ids)
    assert len(given) == 200
    assert set(given.values()) == {1}


def test_overlapping_settlements_in_opposite_order_all_get_an_answer(
    queue: Queue, callers: Sequence[Caller]
) -> None:
    for turn in range(8):
        queue.enqueue_all(*(new(f"{turn}-{n}", f"user{n}") for n in range(40)))
        held = queue.claim(count=40, worker=f"w{turn}")
        ends = [complete(each, new(f"after-{each.job.key}", "zoe")) for each in held]

        def end(number: int, ends: list[pb.Settlement] = ends) -> list[str]:
            return callers[number % 2].settle(*ends[:: 1 if number // 2 else -1])

        outcomes = Counter(result for results in at_once(4, end) for result in results)
        assert outcomes == {"DONE": 40, "ALREADY": 120}


def test_rows_are_locked_in_one_order_whatever_the_order_of_the_call(
    queue: Queue, callers: Sequence[Caller]
) -> None:
    """Two settlements meet in the middle, where somebody holds a row until both have begun."""
    queue.enqueue_all(*(new(f"k{n}") for n in range(9)))
    held = queue.claim()
    ends = [complete(each) for each in held]
    middle = "SELECT FROM jobs.jobs WHERE id = %s FOR UPDATE"
    with behind_a_lock(queue, middle, held[4].job.job_id) as pool:
        ending = [
            pool.submit(caller.settle, *ends[::order])
            for caller, order in zip(callers, (1, -1), strict=True)
        ]
        are_waiting(queue, 2)
        free = b"SELECT id FROM jobs.jobs ORDER BY id FOR UPDATE SKIP LOCKED"
        assert [row[0] for row in queue.admin.execute(free)] == [
            each.job.job_id for each in held[4:]
        ]
    outcomes = Counter(result for each in ending for result in each.result())
    assert outcomes == {"DONE": 9, "ALREADY": 9}


def test_two_ends_of_one_claim_are_one_end(queue: Queue, callers: Sequence[Caller]) -> None:
    for turn in range(ROUNDS):
        queue.enqueue_all(new(f"a{turn}", "ann"), new(f"b{turn}", "ann"))
        claimed = queue.claim_one()
        words = both(
            lambda claimed=claimed, turn=turn: callers[0].complete(claimed, new(f"after{turn}")),  # type: ignore[misc]
            lambda claimed=claimed: callers[1].bury(claimed),  # type: ignore[misc]
        )
        assert sorted(map(str, words)) == ["ALREADY", "DONE"]
        done = words[0] == "DONE"
        assert queue.state(f"a{turn}") == ("COMPLETED" if done else "DEAD")
        assert [is_there(queue, key) for key in (f"after{turn}", f"apology:a{turn}")] == [
            done,
            not done,
        ]
        queue.complete(queue.claim_one("answer_sms"))
        clear(queue, "probe", "send_notice")


def test_a_late_end_and_the_next_claim_of_a_job_are_one_or_the_other(
    queue: Queue, callers: Sequence[Caller]
) -> None:
    for turn in range(ROUNDS):
        queue.enqueue(f"a{turn}", answer())
        late = queue.claim_one(worker="late")
        its_lease_runs_out(queue, late)
        word, claimed = both(
            lambda late=late, turn=turn: callers[0].complete(late, new(f"after{turn}")),  # type: ignore[misc]
            lambda: callers[1].claim("answer_sms", worker="next"),
        )
        assert isinstance(claimed, list)
        assert (word, len(claimed)) in [("DONE", 0), ("STALE_CLAIM", 1)]
        assert is_there(queue, f"after{turn}") == (word == "DONE")
        for each in claimed:
            assert each.claim == late.claim + 1
            assert queue.complete(each) == "DONE"
        clear(queue, "probe")


def test_a_late_end_of_a_spent_job_and_its_burial_are_one_or_the_other(
    queue: Queue, callers: Sequence[Caller]
) -> None:
    for turn in range(ROUNDS):
        queue.enqueue(f"a{turn}", answer())
        late = queue.claim_one(worker="late")
        its_lease_runs_out(queue, late, attempts=3)
        word, claimed = both(
            lambda late=late, turn=turn: callers[0].complete(late, new(f"after{turn}")),  # type: ignore[misc]
            lambda: callers[1].claim("answer_sms", worker="next"),
        )
        assert claimed == []
        done = word == "DONE"
        assert word in ("DONE", "STALE_CLAIM")
        assert queue.state(f"a{turn}") == ("COMPLETED" if done else "DEAD")
        assert is_there(queue, f"after{turn}") == done
        assert is_there(queue, f"apology:a{turn}") != done
        clear(queue, "probe", "send_notice")


def test_an_extension_and_the_next_claim_of_a_job_are_one_or_the_other(
    queue: Queue, callers: Sequence[Caller]
) -> None:
    for turn in range(ROUNDS):
        queue.enqueue(f"a{turn}")
        late = queue.claim_one(worker="late")
        its_lease_runs_out(queue, late)
        token = pb.ClaimToken(job_id=late.job.job_id, claim=late.claim)
        request = pb.ExtendLeasesRequest(worker_id="late", claims=[token])
        extended, claimed = both(
            lambda request=request: callers[0].stub.ExtendLeases(request).results[0].extended,  # type: ignore[misc]
            lambda: callers[1].claim(worker="next"),
        )
        assert isinstance(claimed, list)
        assert bool(extended) != bool(claimed)
        assert queue.complete(claimed[0] if claimed else late) == "DONE"


def test_a_worker_that_takes_an_answer_for_lost_and_settles_it_does_one_or_the_other(
    queue: Queue, callers: Sequence[Caller]
) -> None:
    for turn in range(ROUNDS):
        queue.enqueue(f"a{turn}")
        claimed = queue.claim_one()
        word, again = both(
            lambda claimed=claimed: callers[0].complete(claimed),  # type: ignore[misc]
            callers[1].claim,
        )
        assert isinstance(again, list)
        if word == "STALE_CLAIM" and not again:  # the settlement had its hand on it just then
            again = callers[1].claim()
        assert (word, len(again)) in [("DONE", 0), ("STALE_CLAIM", 1)]
        for each in again:
            assert (each.claim, each.job.attempt) == (2, 1)
            assert queue.complete(each) == "DONE"


# -- operators ---------------------------------------------------------------------------------


def test_a_cancel_meets_a_claim_and_the_job_ends_once(
    queue: Queue, callers: Sequence[Caller]
) -> None:
    for turn in range(ROUNDS):
        first = f"a{turn}"
        queue.enqueue_all(new(first, "ann"), new(f"b{turn}", "ann"))
        claimed, _ = both(
            lambda: callers[0].claim("answer_sms"),
            lambda first=first: callers[1].cancel_job(first),  # type: ignore[misc]
        )
        assert isinstance(claimed, list)
        if [each.job.key for each in claimed] == [first]:
            assert queue.job(first).cancel_requested
            assert callers[0].retry(claimed[0]) == "CANCELLED"
            claimed = []
        assert queue.state(first) == "CANCELLED"
        # The next of the lane goes on, to this claim or to another.
        [second] = claimed or queue.claim("answer_sms")
        assert second.job.key == f"b{turn}"
        assert queue.complete(second) == "DONE"


def test_a_cancel_that_comes_amid_a_claim_asks_the_worker_to_stop(
    queue: Queue, callers: Sequence[Caller]
) -> None:
    """It waits for the row: whoever decided by what was there before would end a running job."""
    queue.enqueue("a", answer())
    claim = (
        "UPDATE jobs.jobs SET claim = 1, attempt = 1, worker = 'w1', first_claimed_at = now(),"
        " lease_until = now() + interval '1 minute'"
    )
    with behind_a_lock(queue, claim) as pool:
        cancelling = pool.submit(callers[0].cancel_job, "a")
        are_waiting(queue, 1)
    assert cancelling.result().cancel_requested
    assert queue.state("a") == "RUNNING"
    token = pb.ClaimToken(job_id=queue.job("a").job_id, claim=1)
    stopped = pb.Settlement(claim=token, retry=pb.Retry(reason="CANCEL_REQUESTED"))
    assert queue.settle(stopped) == ["CANCELLED"]


@pytest.mark.parametrize("how", ["complete", "bury", "snooze", "retry"])
def test_a_retry_meets_an_end_and_is_refused_or_comes_after_it(
    queue: Queue, callers: Sequence[Caller], how: str
) -> None:
    after = {"complete": "COMPLETED", "bury": "DEAD"}.get(how, "SCHEDULED")
    for turn in range(ROUNDS):
        key = f"a{turn}"
        queue.enqueue(key, stripe())
        claimed = queue.claim_one("process_stripe_event")
        end = {
            "complete": complete(claimed),
            "bury": bury(claimed),
            "snooze": snooze(claimed, 99),
            "retry": retry(claimed, 9),
        }[how]
        word, refusal = both(
            lambda end=end: callers[0].settle(end)[0],  # type: ignore[misc]
            lambda key=key: reason(lambda: callers[1].retry_job(key)),  # type: ignore[misc]
        )
        assert word == "DONE"
        assert refusal in ("", "JOB_NOT_RETRYABLE")
        assert refusal or how != "complete"
        assert queue.state(key) == (after if refusal else "READY")
        if queue.state(key) == "SCHEDULED":
            queue.retry_job(key)
        clear(queue, "process_stripe_event")
