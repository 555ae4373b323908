"""Jobs of one lane run one at a time, in the order in which they became due, and a lane holds only
what is due."""

from __future__ import annotations

import pytest

from protos.jobs.v1 import jobs_pb2 as pb
from tests.jobs.queue.racing import held_up
from tests.jobs.queue.vocabulary import (
    Queue,
    answer,
    complete,
    in_seconds,
    job,
    retry,
    send,
    stripe,
    until,
)


def joined(queue: Queue, *keys: str, user: str = "ann") -> None:
    queue.enqueue_all(*(job(key, answer(user)) for key in keys))


def run_through(queue: Queue, count: int) -> list[str]:
    """The keys of the next jobs, one at a time."""
    order = []
    for _ in range(count):
        claimed = queue.claim()
        assert len(claimed) == 1
        order.append(claimed[0].job.key)
        assert queue.complete(claimed[0]) == "DONE"
    return order


def test_a_lane_runs_one_job_at_a_time_in_order(queue: Queue) -> None:
    joined(queue, "a", "b")
    joined(queue, "c")
    assert [queue.state(key) for key in "abc"] == ["READY", "BLOCKED", "BLOCKED"]
    assert run_through(queue, 3) == ["a", "b", "c"]


def test_lanes_do_not_hold_each_other_up(queue: Queue) -> None:
    joined(queue, "a", "b", user="ann")
    joined(queue, "c", user="bob")
    queue.enqueue("d", send("ann"))
    queue.enqueue("e", stripe(""))
    queue.enqueue("f", stripe(""))
    assert {each.job.key for each in queue.claim()} == {"a", "c", "d", "e", "f"}


def test_the_lane_goes_on_when_its_job_is_done(queue: Queue) -> None:
    joined(queue, "a", "b")
    first = queue.claim_one()
    assert not queue.claim(held=[first])
    queue.complete(first)
    assert queue.claim_one().job.key == "b"


def test_a_short_retry_keeps_its_place(queue: Queue) -> None:
    joined(queue, "a", "b")
    assert queue.retry(queue.claim_one(), 30) == "DONE"
    assert [queue.state(key) for key in "ab"] == ["SCHEDULED", "BLOCKED"]
    assert not queue.claim()
    queue.time_passes(31)
    assert run_through(queue, 2) == ["a", "b"]


def test_a_longer_retry_leaves_the_lane_and_rejoins_at_its_end(queue: Queue) -> None:
    joined(queue, "a", "b", "c")
    assert queue.retry(queue.claim_one(), 31) == "DONE"
    assert [queue.state(key) for key in "abc"] == ["SCHEDULED", "READY", "BLOCKED"]
    running = queue.claim_one()
    queue.time_passes(32)
    joined(queue, "d")
    assert queue.state("a") == "BLOCKED"
    assert queue.complete(running) == "DONE"
    assert run_through(queue, 3) == ["c", "a", "d"]


def test_a_long_snooze_leaves_the_lane_too(queue: Queue) -> None:
    queue.enqueue_all(job("a", stripe()), job("b", stripe()))
    queue.snooze(queue.claim_one(), 3600)
    assert run_through(queue, 1) == ["b"]
    queue.time_passes(3601)
    assert run_through(queue, 1) == ["a"]


def test_a_job_due_tomorrow_silences_nobody_today(queue: Queue) -> None:
    """Acceptance 43: a job that is due is never blocked by one that is not."""
    queue.enqueue("tomorrow", answer(), run_time=in_seconds(86_400))
    joined(queue, "now")
    queue.enqueue("waiting", send(), run_time=in_seconds(40_000))
    assert run_through(queue, 1) == ["now"]
    assert queue.state("tomorrow") == "SCHEDULED"
    queue.time_passes(86_401)
    assert {each.job.key for each in queue.claim()} == {"tomorrow", "waiting"}


def test_what_becomes_due_joins_at_the_end_in_the_order_of_its_time(queue: Queue) -> None:
    queue.enqueue("late", answer(), run_time=in_seconds(200))
    queue.enqueue("early", answer(), run_time=in_seconds(100))
    joined(queue, "now")
    queue.time_passes(300)
    assert run_through(queue, 3) == ["now", "early", "late"]


def test_a_buried_head_lets_the_next_go_on(queue: Queue) -> None:
    joined(queue, "a", "b")
    assert queue.bury(queue.claim_one()) == "DONE"
    assert queue.state("a") == "DEAD"
    assert queue.claim_one("answer_sms").job.key == "b"


def test_a_redriven_job_joins_at_the_end(queue: Queue) -> None:
    joined(queue, "a", "b", "c")
    queue.bury(queue.claim_one())
    queue.retry_job("a")
    assert queue.state("a") == "BLOCKED"
    order = []
    for _ in range(3):
        claimed = queue.claim_one("answer_sms")
        order.append(claimed.job.key)
        queue.complete(claimed)
    assert order == ["b", "c", "a"]


def test_canceling_a_head_lets_the_next_go_on_and_a_follower_nobody(queue: Queue) -> None:
    joined(queue, "a", "b", "c")
    queue.cancel_job("b")
    queue.cancel_job("a")
    assert run_through(queue, 1) == ["c"]


def test_a_head_that_lost_its_lease_still_holds_its_lane(queue: Queue) -> None:
    joined(queue, "a", "b")
    queue.claim_one(worker="w1")
    queue.time_passes(46)
    assert [each.job.key for each in queue.claim(worker="w2")] == ["a"]


def test_one_settlement_may_end_a_job_and_go_on_in_its_own_lane(queue: Queue) -> None:
    joined(queue, "a")
    assert queue.complete(queue.claim_one(), job("next", answer())) == "DONE"
    assert run_through(queue, 1) == ["next"]


def test_a_batch_of_settlements_may_hold_more_lanes_than_a_transaction(queue: Queue) -> None:
    queue.enqueue_all(*(job(f"a{n}", answer(f"u{n}")) for n in range(300)))
    queue.enqueue_all(*(job(f"b{n}", answer(f"u{n}")) for n in range(300)))
    claimed = queue.claim(count=1000)
    assert len(claimed) == 300
    assert queue.settle(*map(complete, claimed)) == ["DONE"] * 300
    assert len(queue.claim(count=1000)) == 300


def test_a_lane_that_somebody_holds_up_holds_up_no_other_item(queue: Queue) -> None:
    """Its own item waits; the others are committed before."""
    with held_up(queue, "person:ann"):
        request = pb.EnqueueJobsRequest(jobs=[job("slow", answer("ann")), job("fast")])
        calling = queue.stub.EnqueueJobs.future(request)
        assert queue.claim_one("probe", wait=20).job.key == "fast"
        assert not calling.done()
    assert [result.job.created for result in calling.result().results] == [True, True]
    assert queue.state("slow") == "READY"


def test_a_settlement_whose_lane_somebody_holds_up_holds_up_no_other(queue: Queue) -> None:
    """Nor does one that would store a job in that lane, whatever it does to its own."""
    joined(queue, "a", "b", user="ann")
    joined(queue, "c", "d", user="bob")
    queue.enqueue_all(job("e"), job("f"), job("g", stripe()))
    claimed = {each.job.key: each for each in queue.claim()}
    ends = [
        complete(claimed["a"]),
        complete(claimed["c"]),
        complete(claimed["e"], job("after e", answer("ann"))),
        complete(claimed["f"]),
        retry(claimed["g"], 30),
    ]
    with held_up(queue, "person:ann"):
        calling = queue.stub.SettleJobs.future(pb.SettleJobsRequest(settlements=ends))
        until(lambda: queue.state("g") == "SCHEDULED")
        states = {key: queue.state(key) for key in "abcdef"}
        assert not calling.done()
    assert (states["c"], states["d"], states["f"]) == ("COMPLETED", "READY", "COMPLETED")
    assert (states["a"], states["b"], states["e"]) == ("RUNNING", "BLOCKED", "RUNNING")
    assert {result.settled for result in calling.result().results} == {pb.SETTLED_DONE}
    assert [queue.state(key) for key in ("a", "b", "after e")] == ["COMPLETED", "READY", "BLOCKED"]


def test_the_repair_sweep_mends_a_stuck_lane_and_counts_it(queue: Queue) -> None:
    joined(queue, "a", "b", "c")
    queue.admin.execute("DELETE FROM jobs.jobs WHERE key = 'a'")
    assert not queue.claim()
    before = queue.running.metric("lane_repairs_total")
    queue.running.run(queue.running.ticker.inspect())
    assert queue.running.metric("lane_repairs_total") == before + 1
    assert run_through(queue, 2) == ["b", "c"]


@pytest.mark.parametrize(
    ("payload", "lane"),
    [(answer("ann"), "person:ann"), (send("ann"), "send:ann"), (stripe("cus_1"), "customer:cus_1")],
)
def test_the_lane_follows_from_the_payload(queue: Queue, payload: object, lane: str) -> None:
    queue.enqueue("k", payload)  # type: ignore[arg-type]
    assert queue.job("k").lane == lane
