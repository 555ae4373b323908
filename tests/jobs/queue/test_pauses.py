"""A paused type waits for everybody; what else there is goes on."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from kit.access import Caller, CurrentCall, calling
from kit.database import Database
from kit.paging import Page
from kit.refusals import refusal_of
from kit.wire import timestamp
from protos.jobs.v1 import jobs_pb2 as pb
from services.jobs.model.pause import pause_type
from services.jobs.model.read import audit_trail
from services.jobs.model.schedule import seed_schedules
from services.jobs.schedules import SCHEDULES
from services.jobs.types import JOB_TYPES
from tests.jobs.queue.handing import WAIT
from tests.jobs.queue.vocabulary import Queue, answer, in_seconds, send, until

CRISIS_PATH = {
    "process_inbound_sms",
    "send_crisis_reply",
    "record_crisis",
    "record_inbound",
    "record_crisis_reply",
    "alert_operators",
}


def pause(queue: Queue, name: str, reason: str = "", confirmed: bool = False) -> pb.Pause:
    request = pb.PauseTypeRequest(type=name, reason=reason, confirm_crisis_path=confirmed)
    return queue.stub.PauseType(request).pause


def resume(queue: Queue, name: str) -> bool:
    return queue.stub.ResumeType(pb.ResumeTypeRequest(type=name)).resumed


def stats(queue: Queue) -> dict[str, pb.TypeStats]:
    types = queue.stub.GetQueueStats(pb.GetQueueStatsRequest()).types
    return {each.type: each for each in types}


def test_jobs_of_a_paused_type_wait_and_others_do_not(queue: Queue) -> None:
    queue.enqueue("before", send())
    pause(queue, "send_answer", "CARRIER_DOWN")
    queue.enqueue("after", send("bob"))
    queue.enqueue("due later", send("cem"), run_time=in_seconds(5))
    queue.enqueue("other")
    queue.time_passes(6)
    assert [each.job.key for each in queue.claim()] == ["other"]
    assert resume(queue, "send_answer")
    assert {each.job.key for each in queue.claim(worker="w2")} == {"before", "after", "due later"}


def test_what_runs_when_its_type_is_paused_runs_to_its_end(queue: Queue) -> None:
    queue.enqueue("k", send())
    running = queue.claim_one()
    pause(queue, "send_answer")
    request = pb.ExtendLeasesRequest(
        worker_id="w1",
        claims=[pb.ClaimToken(job_id=running.job.job_id, claim=running.claim)],
    )
    assert queue.stub.ExtendLeases(request).results[0].extended
    assert queue.complete(running) == "DONE"


def test_a_worker_that_waits_is_woken_by_a_resume(queue: Queue) -> None:
    queue.enqueue("k", send())
    pause(queue, "send_answer")
    with ThreadPoolExecutor(1) as pool:
        claiming = pool.submit(queue.claim, "send_answer", wait=WAIT)
        until(lambda: queue.running.switchboard.polls == 1)
        queue.tick()
        assert not claiming.done()
        resume(queue, "send_answer")
        assert [each.job.key for each in claiming.result(WAIT / 2)] == ["k"]


def test_time_spent_paused_before_the_first_claim_is_no_age(queue: Queue) -> None:
    """After it the age goes on: an answer of an hour ago is not what somebody should get now."""
    queue.enqueue("tried", send())
    queue.retry(queue.claim_one())
    queue.enqueue("never tried", send("bob"))
    pause(queue, "send_answer")
    queue.time_passes(3600)
    assert queue.state("tried") == "READY"
    resume(queue, "send_answer")
    assert [each.job.key for each in queue.claim("send_answer")] == ["never tried"]
    until(lambda: queue.state("tried") == "COMPLETED")
    assert queue.job("tried").result == "expired"


def test_a_paused_head_keeps_its_lane(queue: Queue) -> None:
    queue.enqueue("first", answer())
    pause(queue, "answer_sms")
    queue.enqueue("second", answer())
    assert not queue.claim()
    resume(queue, "answer_sms")
    assert [each.job.key for each in queue.claim()] == ["first"]


def test_the_schedules_of_a_paused_type_miss_ticks_and_make_up_with_one(
    queue: Queue, database: Database
) -> None:
    now = queue.admin.execute("SELECT now()").fetchone()
    assert now is not None
    database.transact(lambda db: seed_schedules(db, SCHEDULES, now[0]))
    for name in JOB_TYPES:
        pause(queue, name, confirmed=True)
    queue.time_passes(3600)
    assert queue.count("jobs") == 0
    pauses = queue.running.run(queue.running.ticker.tick())
    assert pauses.total_seconds() == 1  # a tick that waits for its type keeps nobody busy
    for name in JOB_TYPES:
        resume(queue, name)
    queue.tick()
    assert queue.count("jobs") == len(SCHEDULES)


def test_pauses_are_seen_in_the_statistics(queue: Queue) -> None:
    queue.enqueue("k", send())
    pause(queue, "send_answer", "CARRIER_DOWN")
    pause(queue, "probe")
    seen = stats(queue)
    assert set(seen) == {"send_answer", "probe"}
    assert (seen["send_answer"].ready, seen["send_answer"].pause.reason) == (1, "CARRIER_DOWN")
    assert seen["probe"].HasField("pause")
    assert seen["probe"].pause.HasField("create_time")
    queue.running.run(queue.running.ticker._count())
    assert queue.running.metric("paused", type="send_answer") == 1
    resume(queue, "probe")
    resume(queue, "send_answer")
    seen = stats(queue)
    assert set(seen) == {"send_answer"}
    assert not seen["send_answer"].HasField("pause")
    queue.running.run(queue.running.ticker._count())
    assert queue.running.metric("paused", type="send_answer") == 0
    assert queue.running.metric("paused", type="probe") == 0


def test_pausing_and_resuming_are_safe_to_repeat(queue: Queue) -> None:
    first = pause(queue, "probe", "ONE")
    second = pause(queue, "probe", "TWO")
    assert (second.reason, second.create_time) == ("TWO", first.create_time)
    assert [resume(queue, "probe") for _ in range(2)] == [True, False]


def test_what_was_met_before_a_resume_does_not_pause_again(queue: Queue) -> None:
    def pauses(met: datetime) -> bool:
        request = pb.PauseTypeRequest(type="probe", unless_resumed_since=timestamp(met))
        return queue.stub.PauseType(request).HasField("pause")

    def now() -> datetime:
        [moment] = queue.admin.execute("SELECT clock_timestamp()").fetchone() or ()
        assert isinstance(moment, datetime)
        return moment

    before = now()
    assert pauses(before)
    assert pauses(now()), "nobody has resumed it"
    for _ in range(2):
        assert resume(queue, "probe")
        assert not pauses(before)
        assert stats(queue) == {}
        after = now()
        assert pauses(after)
        before = after
    resume(queue, "probe")
    assert pause(queue, "probe").HasField("create_time"), "an operator says so"


def test_the_crisis_path_is_what_the_design_names() -> None:
    assert {each.name for each in JOB_TYPES.values() if each.crisis_path} == CRISIS_PATH


@pytest.mark.parametrize("name", sorted(CRISIS_PATH))
def test_the_crisis_path_is_paused_only_by_who_says_so(queue: Queue, name: str) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        pause(queue, name)
    refusal = refusal_of(refused.value)
    assert refusal.reason == "CRISIS_PATH_NOT_CONFIRMED"
    assert refusal.metadata["field"] == "confirm_crisis_path"
    assert "confirm_crisis_path" in refusal.sentence
    assert stats(queue) == {}
    pause(queue, name, confirmed=True)
    assert stats(queue)[name].HasField("pause")


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (pb.PauseTypeRequest(type="send_answers"), "type"),
        (pb.PauseTypeRequest(), "type"),
        (pb.PauseTypeRequest(type="probe", reason="because Ann asked"), "reason"),
        (
            pb.PauseTypeRequest(type="probe", unless_resumed_since=Timestamp()),
            "unless_resumed_since",
        ),
        (pb.ResumeTypeRequest(type="send_answers"), "type"),
    ],
)
def test_a_pause_that_makes_no_sense_is_refused_by_name(
    queue: Queue, request_: pb.PauseTypeRequest | pb.ResumeTypeRequest, field: str
) -> None:
    act = queue.stub.PauseType if "Pause" in type(request_).__name__ else queue.stub.ResumeType
    with pytest.raises(grpc.RpcError) as refused:
        act(request_)  # type: ignore[arg-type]
    assert refusal_of(refused.value).violations[0][0] == field


def test_a_type_of_a_newer_version_that_is_paused_can_be_resumed(queue: Queue) -> None:
    queue.admin.execute("INSERT INTO jobs.paused_types (type, reason) VALUES ('sing', '')")
    assert resume(queue, "sing")


def test_a_pause_is_recorded_with_its_type(queue: Queue, database: Database) -> None:
    operator = Caller("user", "01936f6e-0000-7000-8000-000000000001")
    call = CurrentCall(operator, "/jobs.v1.JobsService/PauseType", "", audit=False)
    with calling(call):
        database.transact(lambda db: pause_type(db, "probe", "ODD", crisis_path_confirmed=False))
    with database.reader() as db:
        [record], _ = audit_trail(db, Page(10))
    assert (record.caller, record.detail) == (str(operator), "type=probe reason=ODD")
    [listed] = queue.stub.ListAuditRecords(pb.ListAuditRecordsRequest()).audit_records
    assert listed.detail == record.detail
