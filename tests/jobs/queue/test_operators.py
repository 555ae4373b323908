"""What operators see of the queue, and do to it."""

from __future__ import annotations

from collections.abc import Callable

import grpc
import pytest

from kit.access import Caller, CurrentCall, calling
from kit.database import Database
from kit.paging import Page
from kit.refusals import refusal_of
from protos.jobs.v1 import jobs_pb2 as pb
from services.jobs.model.operate import cancel, retry
from services.jobs.model.read import audit_trail
from tests.jobs.queue.vocabulary import (
    Queue,
    answer,
    complete,
    in_seconds,
    job,
    one_of_each,
    probe,
    text,
    token,
    until,
)
from tests.jobs.queue.vocabulary import retry as retrying


def reason_of(act: Callable[[], object]) -> str:
    with pytest.raises(grpc.RpcError) as refused:
        act()
    return refusal_of(refused.value).reason


STATES = ["SCHEDULED", "BLOCKED", "READY", "RUNNING", "CANCELLED", "DEAD", "COMPLETED"]


def test_a_job_can_be_seen_in_every_state(queue: Queue) -> None:
    one_of_each(queue)
    assert [queue.state(key) for key in STATES] == STATES
    for key in STATES:
        shown = queue.job(key)
        assert shown.HasField("payload")
        by_id = queue.stub.GetJob(pb.GetJobRequest(job_id=shown.job_id)).job
        assert by_id == shown
        assert shown.HasField("finish_time") == (key in ("COMPLETED", "DEAD", "CANCELLED"))


def test_jobs_are_listed_by_state_newest_first_without_payloads(queue: Queue) -> None:
    one_of_each(queue)
    assert queue.keys() == ["SCHEDULED", "BLOCKED", "READY", "RUNNING", "DEAD"]
    for state in STATES:
        listed = queue.stub.ListJobs(
            pb.ListJobsRequest(state=pb.JobState.Value(f"JOB_STATE_{state}"))
        ).jobs
        assert [each.key for each in listed] == [state]
        assert not listed[0].HasField("payload")


def test_a_list_tells_when_a_job_was_first_claimed_what_it_ended_in_and_what_followed(
    queue: Queue,
) -> None:
    queue.enqueue("first")
    [waiting] = queue.stub.ListJobs(pb.ListJobsRequest()).jobs
    assert not waiting.HasField("first_claim_time")
    queue.retry(queue.claim_one())
    queue.retry_job("first")
    ending = complete(queue.claim_one(), job("next"))
    ending.complete.result = "done"
    assert queue.settle(ending) == ["DONE"]
    [ended] = queue.stub.ListJobs(pb.ListJobsRequest(state=pb.JOB_STATE_COMPLETED)).jobs
    assert (ended.key, ended.result, ended.attempt) == ("first", "done", 2)
    first, last = ended.first_claim_time.ToMicroseconds(), ended.finish_time.ToMicroseconds()
    assert ended.create_time.ToMicroseconds() <= first < last
    # stored in the transaction that ended the other: what follows from what is told by that
    assert queue.job("next").create_time == ended.finish_time
    assert queue.job("next").result == ""


def test_jobs_are_listed_by_type_and_lane(queue: Queue) -> None:
    queue.enqueue_all(job("a", answer("ann")), job("b", answer("bob")), job("c"))
    queue.complete(queue.claim_one("answer_sms"))
    assert queue.keys(type="answer_sms") == ["b"]
    assert queue.keys(type="answer_sms", state="JOB_STATE_COMPLETED") == ["a"]
    assert queue.keys(lane="person:ann", state="JOB_STATE_COMPLETED") == ["a"]
    assert queue.keys(lane="person:bob") == ["b"]


def test_a_list_is_paged_across_tables(queue: Queue) -> None:
    for n in range(10):
        queue.enqueue(f"k{n}", run_time=in_seconds(60) if n % 2 else None)
    keys: list[str] = []
    page = pb.ListJobsResponse(next_page_token="")
    for _ in range(4):
        page = queue.stub.ListJobs(pb.ListJobsRequest(page_size=3, page_token=page.next_page_token))
        keys += [each.key for each in page.jobs]
    assert keys == [f"k{n}" for n in reversed(range(10))]
    assert not page.next_page_token


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (pb.ListJobsRequest(page_size=-1), "page_size"),
        (pb.ListJobsRequest(page_token="x"), "page_token"),
        (pb.ListJobsRequest(state=99), "state"),  # type: ignore[arg-type]
        (pb.ListJobsRequest(type="\0"), "type"),
    ],
)
def test_a_list_that_makes_no_sense_is_refused_by_name(
    queue: Queue, request_: pb.ListJobsRequest, field: str
) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        queue.stub.ListJobs(request_)
    assert refusal_of(refused.value).violations[0][0] == field


def test_the_queue_is_counted_by_type_and_state(queue: Queue) -> None:
    one_of_each(queue)
    queue.time_passes(10)
    queue.tick()
    stats = queue.stub.GetQueueStats(pb.GetQueueStatsRequest()).types
    counted = {
        each.type: (each.ready, each.running, each.scheduled, each.blocked, each.dead)
        for each in stats
    }
    assert counted == {"answer_sms": (1, 0, 0, 1, 0), "probe": (0, 1, 1, 0, 1)}
    ages = {each.type: each.oldest_ready_age.ToTimedelta().total_seconds() for each in stats}
    assert 10 <= ages["answer_sms"] < 40
    assert ages["probe"] == 0


def test_a_dead_job_runs_again_with_its_attempts_anew(queue: Queue) -> None:
    """Acceptance 35: its follow-ups happen once."""
    queue.enqueue("k")
    old = queue.claim_one()
    queue.bury(old)
    assert queue.keys(state="JOB_STATE_DEAD") == ["k"]
    revived = queue.retry_job("k")
    assert revived.state == pb.JOB_STATE_READY
    new = queue.claim_one()
    assert (new.job.attempt, new.claim) == (1, old.claim + 1)
    assert queue.complete(old, job("of the old claim")) == "ALREADY"
    assert queue.settle(complete(new, job("follow-up"))) == ["DONE"]
    assert queue.settle(complete(new, job("follow-up"))) == ["ALREADY"]
    assert queue.keys() == ["follow-up"]


def test_a_redriven_job_has_its_age_anew(queue: Queue) -> None:
    queue.enqueue("k", answer())
    queue.claim_one()
    queue.time_passes(121)
    assert not queue.claim("answer_sms", worker="w2")
    queue.retry_job("k")
    assert queue.retry(queue.claim_one("answer_sms")) == "DONE"


def test_a_waiting_retry_is_made_due_now(queue: Queue) -> None:
    queue.enqueue_all(job("soon"), job("later"))
    soon, later = queue.claim()
    queue.settle(retrying(soon, 20), retrying(later, 3000))
    for key in ("soon", "later"):
        assert queue.retry_job(key).state == pb.JOB_STATE_READY
    assert {each.job.key for each in queue.claim()} == {"soon", "later"}


def test_what_cannot_be_retried_is_refused(queue: Queue) -> None:
    one_of_each(queue)
    for key in ("RUNNING", "COMPLETED", "CANCELLED"):
        assert reason_of(lambda key=key: queue.retry_job(key)) == "JOB_NOT_RETRYABLE"  # type: ignore[misc]
    for key in ("READY", "BLOCKED"):
        assert pb.JobState.Name(queue.retry_job(key).state) == f"JOB_STATE_{key}"
    request = pb.RetryJobRequest(job_id=10**9)
    assert reason_of(lambda: queue.stub.RetryJob(request)) == "JOB_NOT_FOUND"


def test_a_job_that_has_not_begun_is_canceled_at_once(queue: Queue) -> None:
    one_of_each(queue)
    for key in ("READY", "BLOCKED", "SCHEDULED", "CANCELLED", "SCHEDULED"):
        assert queue.cancel_job(key).state == pb.JOB_STATE_CANCELLED
    queue.time_passes(61)
    assert [each.job.key for each in queue.claim(worker="w2")] == ["RUNNING"]


def test_what_has_ended_otherwise_cannot_be_canceled(queue: Queue) -> None:
    one_of_each(queue)
    for key in ("COMPLETED", "DEAD"):
        assert reason_of(lambda key=key: queue.cancel_job(key)) == "JOB_ENDED"  # type: ignore[misc]
    request = pb.CancelJobRequest(job_id=10**9)
    assert reason_of(lambda: queue.stub.CancelJob(request)) == "JOB_NOT_FOUND"


@pytest.mark.parametrize("way", ["retry", "snooze", "bury"])
def test_a_running_job_is_asked_to_stop_and_ends_as_canceled(queue: Queue, way: str) -> None:
    queue.enqueue("k", text())
    claimed = queue.claim_one()
    asked = queue.cancel_job("k")
    assert (asked.state, asked.cancel_requested) == (pb.JOB_STATE_RUNNING, True)
    request = pb.ExtendLeasesRequest(worker_id="w1", claims=[token(claimed)])
    [lease] = queue.stub.ExtendLeases(request).results
    assert (lease.extended, lease.cancel_requested) == (True, True)
    settle: Callable[[], str] = {
        "retry": lambda: queue.retry(claimed),
        "snooze": lambda: queue.snooze(claimed, 60),
        "bury": lambda: queue.bury(claimed),
    }[way]
    assert settle() == "CANCELLED"
    assert settle() == "ALREADY"
    assert queue.state("k") == "CANCELLED"
    assert queue.keys() == []


def test_a_job_that_was_asked_to_stop_may_still_complete(queue: Queue) -> None:
    queue.enqueue("k")
    claimed = queue.claim_one()
    queue.cancel_job("k")
    assert queue.complete(claimed, job("follow-up")) == "DONE"
    assert (queue.state("k"), queue.state("follow-up")) == ("COMPLETED", "READY")


def test_a_job_that_was_asked_to_stop_is_not_given_out_again(queue: Queue) -> None:
    queue.enqueue_all(job("k", answer()), job("next", answer()))
    queue.claim_one(worker="w1")
    queue.cancel_job("k")
    queue.time_passes(46)
    assert [each.job.key for each in queue.claim(worker="w2")] == ["next"]
    assert queue.state("k") == "CANCELLED"


def test_dead_letters_depth_and_age_are_metrics(queue: Queue) -> None:
    one_of_each(queue)
    queue.running.run(queue.running.ticker._count())
    metric = queue.running.metric
    assert metric("jobs", type="probe", state="dead") == 1
    assert metric("jobs", type="answer_sms", state="blocked") == 1
    assert metric("oldest_ready_seconds", type="answer_sms") > 0
    queue.admin.execute("TRUNCATE jobs.jobs, jobs.scheduled_jobs, jobs.dead_jobs")
    queue.running.run(queue.running.ticker._count())
    assert metric("jobs", type="probe", state="dead") == 0


def test_dead_letters_are_counted_as_they_come(queue: Queue) -> None:
    """Whether a worker buries them, a settlement finds them spent, or a claim does."""
    metric = queue.running.metric
    before = {name: metric("dead_letters_total", type=name) for name in ("probe", "answer_sms")}
    queue.enqueue_all(job("buried"), job("spent", answer()), job("of dead workers", answer("bob")))
    claims = {each.job.key: each for each in queue.claim()}
    queue.bury(claims["buried"])
    queue.time_passes(121)
    assert queue.retry(claims["spent"]) == "BURIED"
    assert not queue.claim("answer_sms", worker="w2")
    until(lambda: queue.state("of dead workers") == "DEAD")
    assert metric("dead_letters_total", type="probe") == before["probe"] + 1
    assert metric("dead_letters_total", type="answer_sms") == before["answer_sms"] + 2


def test_an_operators_deed_is_recorded_with_it(queue: Queue, database: Database) -> None:
    queue.enqueue("k", probe())
    job_id = queue.job("k").job_id
    operator = Caller("user", "01936f6e-0000-7000-8000-000000000001")
    call = CurrentCall(operator, "/jobs.v1.JobsService/CancelJob", str(job_id), audit=False)
    with calling(call):
        database.transact(lambda db: cancel(db, job_id))
    with database.reader() as db:
        [record], _ = audit_trail(db, Page(10))
    assert (record.caller, record.subject) == (str(operator), str(job_id))
    listed = queue.stub.ListAuditRecords(pb.ListAuditRecordsRequest()).audit_records
    assert [each.method for each in listed] == ["/jobs.v1.JobsService/CancelJob"]


def test_retrying_is_safe_to_repeat(queue: Queue, database: Database) -> None:
    queue.enqueue("k")
    queue.bury(queue.claim_one())
    job_id = queue.job("k").job_id
    for _ in range(2):
        assert database.transact(lambda db: retry(db, job_id)).job.key == "k"
    assert len(queue.claim()) == 1
