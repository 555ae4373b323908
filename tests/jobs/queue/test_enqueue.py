"""A key is stored once, and whoever comes with it again is told of the first job."""

from __future__ import annotations

import asyncio
from uuid import UUID

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from structlog.testing import capture_logs

from kit.access import Caller, CurrentCall, calling
from kit.refusals import refusal_of
from protos.jobs.v1 import jobs_pb2 as pb
from protos.jobs.v1 import payloads_pb2 as payloads
from services.jobs.new_job import check_allowed, parse_new_job
from services.jobs.refusals import TypeNotAllowed
from services.jobs.types import JOB_TYPES
from tests.jobs.queue.vocabulary import (
    Queue,
    answer,
    complete,
    in_seconds,
    job,
    probe,
    text,
)

WRITTEN = "job.payload.send_operator_text"


def written(**changes: str) -> payloads.JobPayload:
    """A text that an operator wrote, fit to be sent but for what changes."""
    fields = {"user_id": str(UUID(int=1)), "body": "x" * 1600, "request_key": "k" * 100}
    text = payloads.SendOperatorText(**{**fields, **changes})
    return payloads.JobPayload(send_operator_text=text)


def crisis(event_time: Timestamp) -> payloads.JobPayload:
    return payloads.JobPayload(record_crisis=payloads.RecordCrisis(event_time=event_time))


def erasure(user_id: str) -> payloads.JobPayload:
    return payloads.JobPayload(erase_user=payloads.EraseUser(user_id=user_id))


def requested(user_id: str) -> payloads.JobPayload:
    return payloads.JobPayload(send_check_in=payloads.SendCheckIn(user_id=user_id, requested=True))


def test_the_same_key_twice_is_the_same_job(queue: Queue) -> None:
    first = queue.enqueue("key1")
    second = queue.enqueue("key1")
    assert first.created
    assert not second.created
    assert second.job_id == first.job_id
    assert not second.body_differs
    assert len(queue.claim()) == 1


def test_a_known_key_with_another_body_is_told_and_is_no_error(queue: Queue) -> None:
    first = queue.enqueue("twilio:SM1", text("SM1", "hi"))
    second = queue.enqueue("twilio:SM1", text("SM1", "HI"))
    assert (second.job_id, second.created, second.body_differs) == (first.job_id, False, True)
    assert queue.job("twilio:SM1").payload.process_inbound_sms.body == "hi"


def test_who_requires_the_same_body_is_refused_another(queue: Queue) -> None:
    queue.enqueue("key1", probe("a"))
    queue.enqueue("key1", probe("a"), require_same_body=True)
    with pytest.raises(grpc.RpcError) as refused:
        queue.enqueue("key1", probe("b"), require_same_body=True)
    refusal = refusal_of(refused.value)
    assert (refusal.code, refusal.reason) == (
        grpc.StatusCode.FAILED_PRECONDITION,
        "BODY_DIFFERS",
    )
    [result] = queue.enqueue_all(job("key1", probe("b"), require_same_body=True))
    assert result.error.reason == "BODY_DIFFERS"


def test_headers_are_kept_and_never_compared(queue: Queue) -> None:
    queue.enqueue("key1", headers={"traceparent": "00-1"})
    assert not queue.enqueue("key1", headers={"traceparent": "00-2"}).body_differs
    assert queue.claim_one().headers == {"traceparent": "00-1"}


def test_a_key_stays_known_when_its_job_has_ended(queue: Queue) -> None:
    first = queue.enqueue("key1")
    queue.complete(queue.claim_one())
    assert queue.enqueue("key1").job_id == first.job_id
    assert not queue.claim()


def test_each_item_of_a_batch_has_a_result_of_its_own(queue: Queue) -> None:
    known = queue.enqueue("known")
    good, again, unset, long, other = queue.enqueue_all(
        job("good", probe("x")),
        job("known"),
        pb.NewJob(key="unset"),
        job("k" * 201),
        job("good", probe("y")),
    )
    assert good.job.created
    assert (again.job.job_id, again.job.created) == (known.job_id, False)
    assert (unset.error.reason, unset.error.code) == ("INVALID_ARGUMENT", 3)
    assert unset.error.message.startswith("job.payload: ")
    assert long.error.message.startswith("job.key: ")
    assert (other.job.job_id, other.job.created) == (good.job.job_id, False)
    assert other.job.body_differs


def test_a_known_key_amid_new_ones_keeps_none_of_them_from_being_stored_once(queue: Queue) -> None:
    """All that had been stored before the known one was met is stored again."""
    known = queue.enqueue("m")
    jobs = [
        job("z", probe()),
        job("later", answer(), run_time=in_seconds(60)),
        job("first", answer()),
        job("m", probe("another")),
        job("a", probe()),
        job("second", answer()),
        job("z", probe("another")),
    ]
    made = [result.job for result in queue.enqueue_all(*jobs)]
    assert [each.created for each in made] == [True, True, True, False, True, True, False]
    assert made[3] == pb.EnqueuedJob(job_id=known.job_id, body_differs=True)
    assert made[6] == pb.EnqueuedJob(job_id=made[0].job_id, body_differs=True)
    ids = [each.job_id for each in made if each.created]
    assert len(set(ids)) == 5
    states = {key: queue.state(key) for key in ("z", "later", "first", "a", "second")}
    assert states == {
        "z": "READY", "later": "SCHEDULED", "first": "READY", "a": "READY", "second": "BLOCKED",
    }  # fmt: skip
    assert queue.count("job_keys") == queue.count("jobs") + queue.count("scheduled_jobs") == 6


@pytest.mark.parametrize(
    ("new", "field"),
    [
        (pb.NewJob(payload=probe()), "job.key"),
        (job("k" * 201), "job.key"),
        (job("a\0b"), "job.key"),
        (pb.NewJob(key="k"), "job.payload"),
        (job("k", probe("x" * 65_600)), "job.payload"),
        (job("k", answer("")), "job.payload.answer_sms.user_id"),
        (job("k", answer("u" * 101)), "job.payload.answer_sms.user_id"),
        (job("k", answer("a\0b")), "job.payload.answer_sms"),
        (job("k", written(user_id="ana")), f"{WRITTEN}.user_id"),
        (job("k", written(body=" \n")), f"{WRITTEN}.body"),
        (job("k", written(body="x" * 1601)), f"{WRITTEN}.body"),
        (job("k", written(body="\N{SLIGHTLY SMILING FACE}" * 801)), f"{WRITTEN}.body"),
        (job("k", written(body="a\0b")), f"{WRITTEN}.body"),
        (job("k", written(request_key="")), f"{WRITTEN}.request_key"),
        (job("k", written(request_key="k" * 101)), f"{WRITTEN}.request_key"),
        (job("k", erasure("ana")), "job.payload.erase_user.user_id"),
        (job("k", requested("ana")), "job.payload.send_check_in.user_id"),
        (job("k", text("SM\0")), "job.payload.process_inbound_sms.message_sid"),
        (job("k", crisis(Timestamp(seconds=10**15))), "job.payload.record_crisis.event_time"),
        (job("k", crisis(Timestamp(nanos=-1))), "job.payload.record_crisis.event_time"),
        (job("k", run_time=Timestamp(seconds=10**15)), "job.run_time"),
        (job("k", headers={"a": "\0"}), "job.headers"),
        (job("k", headers={"a": "x" * 5000}), "job.headers"),
    ],
)
def test_what_cannot_be_stored_is_refused_by_name(queue: Queue, new: pb.NewJob, field: str) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        queue.stub.EnqueueJob(pb.EnqueueJobRequest(job=new))
    refusal = refusal_of(refused.value)
    assert refusal.code is grpc.StatusCode.INVALID_ARGUMENT
    assert [name for name, _ in refusal.violations] == [field]


def test_a_batch_holds_one_to_a_thousand(queue: Queue) -> None:
    for count in (0, 1001):
        with pytest.raises(grpc.RpcError) as refused:
            queue.enqueue_all(*(job(f"k{n}") for n in range(count)))
        assert refusal_of(refused.value).violations[0][0] == "jobs"
    results = queue.enqueue_all(*(job(f"k{n}", answer(f"user{n}")) for n in range(1000)))
    assert all(result.job.created for result in results)
    assert len(queue.claim("answer_sms", count=1000)) == 1000


def test_of_two_items_with_one_key_the_first_is_stored_however_far_apart_they_are(
    queue: Queue,
) -> None:
    """A call of so many is stored in several transactions, while it is still read."""
    jobs = [job(f"k{n}", probe(f"{n}")) for n in range(995)]
    jobs[600:600] = [job("a", answer()), job("k601", answer())]
    jobs[10:10] = [job("k7", probe("another")), job("", probe("refused"))]
    jobs.append(job("b", answer()))
    results = queue.enqueue_all(*jobs)
    created = {each.key for each, made in zip(jobs, results, strict=True) if made.job.created}
    assert created == {f"k{n}" for n in range(995)} | {"a", "b"}
    assert [results[10].job.created, results[10].job.body_differs] == [False, True]
    assert results[11].error.reason == "INVALID_ARGUMENT"
    assert queue.job("k601").lane == "person:ann"
    assert [queue.state(key) for key in ("a", "k601", "b")] == ["READY", "BLOCKED", "BLOCKED"]
    assert queue.count("jobs") == queue.count("job_keys") == 997


def test_the_largest_payload_is_taken(queue: Queue) -> None:
    queue.enqueue("big", probe("x" * 65_000))
    assert len(queue.claim_one().job.payload.probe.note) == 65_000


def test_a_run_time_in_the_past_is_now_and_jumps_no_queue(queue: Queue) -> None:
    queue.enqueue("first")
    queue.enqueue("second", run_time=in_seconds(-3600))
    assert [each.job.key for each in queue.claim()] == ["first", "second"]


def test_the_most_urgent_are_given_first_and_then_the_longest_due(queue: Queue) -> None:
    queue.enqueue_all(job("rest1"), job("answer", answer()), job("rest2"), job("text", text()))
    assert [each.job.key for each in queue.claim()] == ["text", "answer", "rest1", "rest2"]


def test_a_key_is_kept_by_the_end_of_its_job_not_by_its_beginning(queue: Queue) -> None:
    queue.enqueue("short")
    queue.enqueue("long", run_time=in_seconds(100_000))
    queue.complete(queue.claim_one())
    queue.time_passes(100_001)
    assert queue.complete(queue.claim_one()) == "DONE"
    rows = queue.admin.execute(
        "SELECT key, ended_at IS NOT NULL FROM jobs.job_keys ORDER BY key"
    ).fetchall()
    assert rows == [("long", True), ("short", False)]


GATEWAY = {"process_inbound_sms", "process_sms_status", "process_stripe_event"}
OPERATOR = {
    "erase_user",
    "probe",
    "process_stripe_event",
    "send_check_in",
    "send_operator_text",
}


@pytest.mark.parametrize(
    ("caller", "allowed"),
    [
        (Caller("service", "worker"), set(JOB_TYPES)),
        (Caller("service", "gateway"), GATEWAY),
        (Caller("service", "billing"), set()),
        (Caller("user", "01936f6e-0000-7000-8000-000000000001"), OPERATOR),
    ],
)
def test_each_caller_may_enqueue_its_own_types_only(caller: Caller, allowed: set[str]) -> None:
    granted = set()
    call = CurrentCall(caller, "/jobs.v1.JobsService/EnqueueJob", "", audit=False)
    with calling(call), capture_logs() as logs:
        for name in JOB_TYPES:
            payload = payloads.JobPayload()
            getattr(payload, name).SetInParent()
            if name == "send_operator_text":
                payload = written()
            elif "user_id" in getattr(payload, name).DESCRIPTOR.fields_by_name:
                getattr(payload, name).user_id = "01936f6e-0000-7000-8000-000000000002"
            if name == "record_access":
                payload.record_access.stripe_customer_id = "cus_1"
            try:
                check_allowed(parse_new_job(job("k", payload)))
                granted.add(name)
            except TypeNotAllowed:
                pass
    assert granted == allowed
    denied = [event["type"] for event in logs if event["event"] == "access_denied"]
    assert denied == [name for name in JOB_TYPES if name not in allowed]


def test_deduplication_is_counted(queue: Queue) -> None:
    before = queue.running.metric("deduplicated_total", type="probe")
    differing = queue.running.metric("body_differs_total", type="probe")
    queue.enqueue("k", probe("a"))
    queue.enqueue("k", probe("a"))
    queue.enqueue("k", probe("b"))
    assert queue.running.metric("deduplicated_total", type="probe") == before + 2
    assert queue.running.metric("body_differs_total", type="probe") == differing + 1


def test_a_follow_up_with_a_known_key_and_another_body_is_counted(queue: Queue) -> None:
    queue.enqueue("parent")
    queue.enqueue("known", text())
    [parent] = queue.claim("probe")
    before = queue.running.metric("body_differs_total", type="process_inbound_sms")
    assert queue.settle(complete(parent, job("known", text(body="other")))) == ["DONE"]
    assert queue.running.metric("body_differs_total", type="process_inbound_sms") == before + 1


def test_the_longest_text_of_an_operator_is_taken(queue: Queue) -> None:
    queue.enqueue("gsm-7", written())
    queue.enqueue("ucs-2", written(body="\N{SLIGHTLY SMILING FACE}" * 800))
    assert queue.job("gsm-7").lane == queue.job("ucs-2").lane == f"send:{UUID(int=1)}"


def test_a_job_that_comes_as_a_transaction_ends_does_not_wait_for_the_next_caller(
    queue: Queue,
) -> None:
    async def one_as_the_other_is_answered() -> list[bool]:
        # As two calls do whose events the loop handles in one turn.
        async with asyncio.timeout(10):
            return [
                (await queue.running.servicer._intake.store(parse_new_job(job(key)))).created
                for key in ("a", "b", "c")
            ]

    assert queue.running.run(one_as_the_other_is_answered()) == [True, True, True]
