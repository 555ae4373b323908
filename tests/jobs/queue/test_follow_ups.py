"""Follow-ups exist exactly when their parent ended well."""

from __future__ import annotations

from protos.jobs.v1 import jobs_pb2 as pb
from tests.jobs.queue.racing import are_waiting, held_up
from tests.jobs.queue.vocabulary import (
    Queue,
    answer,
    complete,
    in_seconds,
    job,
    probe,
    send,
    stripe,
    text,
    until,
)


def exists(queue: Queue, key: str) -> bool:
    row = queue.admin.execute("SELECT FROM jobs.job_keys WHERE key = %s", [key]).fetchone()
    return row is not None


def test_follow_ups_are_stored_with_the_end_of_their_parent(queue: Queue) -> None:
    queue.enqueue("parent", text())
    parent = queue.claim_one()
    follow_ups = [
        job("now", answer()),
        job("behind", answer()),
        job("tomorrow", probe(), run_time=in_seconds(86_400)),
    ]
    assert queue.complete(parent, *follow_ups) == "DONE"
    states = [queue.state(key) for key in ("parent", "now", "behind", "tomorrow")]
    assert states == ["COMPLETED", "READY", "BLOCKED", "SCHEDULED"]


def test_a_stale_completion_stores_none(queue: Queue) -> None:
    queue.enqueue("parent")
    old = queue.claim_one(worker="w1")
    queue.time_passes(31)
    queue.claim_one(worker="w2")
    assert queue.complete(old, job("follow-up")) == "STALE_CLAIM"
    assert not exists(queue, "follow-up")


def test_a_repeated_completion_stores_nothing_more(queue: Queue) -> None:
    queue.enqueue("parent")
    parent = queue.claim_one()
    queue.complete(parent, job("one"))
    assert queue.complete(parent, job("two")) == "ALREADY"
    assert exists(queue, "one")
    assert not exists(queue, "two")


def test_a_settlement_with_one_bad_follow_up_changes_nothing(queue: Queue) -> None:
    queue.enqueue("parent")
    parent = queue.claim_one()
    assert queue.complete(parent, job("good"), job("")) == "INVALID_ARGUMENT"
    same_body = job("good", require_same_body=True)
    assert queue.complete(parent, same_body) == "INVALID_ARGUMENT"
    too_many = [job(f"k{n}") for n in range(201)]
    assert queue.complete(parent, *too_many) == "INVALID_ARGUMENT"
    assert queue.state("parent") == "RUNNING"
    assert not exists(queue, "good")


def test_a_failure_of_the_database_undoes_end_and_follow_ups_together(queue: Queue) -> None:
    """The parent of the first item cannot be finished; the second is not harmed."""
    queue.enqueue_all(job("bad"), job("good"))
    bad, good = queue.claim()
    queue.admin.execute(
        "ALTER TABLE jobs.finished_jobs ADD CONSTRAINT planted CHECK (key <> 'bad') NOT VALID"
    )
    try:
        settled = queue.settle(complete(bad, job("of bad")), complete(good, job("of good")))
    finally:
        queue.admin.execute("ALTER TABLE jobs.finished_jobs DROP CONSTRAINT planted")
    assert settled == ["INTERNAL", "DONE"]
    assert (queue.state("bad"), queue.state("good")) == ("RUNNING", "COMPLETED")
    assert not exists(queue, "of bad")
    assert exists(queue, "of good")


def test_a_known_key_among_follow_ups_is_the_job_it_was(queue: Queue) -> None:
    first = queue.enqueue("known", send())
    queue.enqueue("parent")
    assert queue.complete(queue.claim_one("probe"), job("known", send("bob"))) == "DONE"
    assert queue.job("known").job_id == first.job_id
    assert queue.job("known").lane == "send:ann"


def test_follow_ups_join_a_lane_in_the_order_of_the_call(queue: Queue) -> None:
    """Also where somebody has the lane of the first parent, which waits for it, and whatever the
    ends between them are."""
    queue.enqueue_all(job("a", stripe()), job("b"), job("c"), job("d", answer()))
    parents = {each.job.key: each for each in queue.claim()}
    ends = [complete(parents[key], job(f"after {key}", send())) for key in "abc"]
    with held_up(queue, "customer:cus_1"):
        request = pb.SettleJobsRequest(settlements=[*ends, complete(parents["d"])])
        calling = queue.stub.SettleJobs.future(request)
        until(lambda: queue.state("d") == "COMPLETED")
        are_waiting(queue, 1)
    assert {result.settled for result in calling.result().results} == {pb.SETTLED_DONE}
    order = queue.admin.execute("SELECT key FROM jobs.jobs ORDER BY place").fetchall()
    assert [row[0] for row in order] == ["after a", "after b", "after c"]


def test_who_gives_up_stores_no_follow_ups_of_its_own(queue: Queue) -> None:
    queue.enqueue("parent")
    assert queue.bury(queue.claim_one()) == "DONE"
    assert queue.keys() == ["parent"]


def test_a_missing_partition_stops_no_settlement(queue: Queue) -> None:
    queue.enqueue("k")
    claimed = queue.claim_one()
    row = queue.admin.execute(
        "SELECT 'finished_jobs_' || to_char(now() AT TIME ZONE 'UTC', 'YYYYMMDD')"
    ).fetchone()
    assert row is not None
    detach = f"ALTER TABLE jobs.finished_jobs DETACH PARTITION jobs.{row[0]}"
    queue.admin.execute(detach.encode())
    assert queue.complete(claimed) == "DONE"
    assert queue.state("k") == "COMPLETED"
    assert queue.count("finished_jobs_default") == 1
