"""A person is erased stage by stage, and an erasure that is cut off goes on."""

from __future__ import annotations

from datetime import timedelta

import grpc
import pytest

from protos.jobs.v1.payloads_pb2 import EraseUser, ErasureStage, ProcessInboundSms
from services.jobs.job_type import LONGEST_LEASE
from services.jobs.workflows import erase_user, process_inbound_sms
from services.jobs.workflows.outcome import Done, Later, Outcome
from tests.jobs.workflows.acting import ANA, OUT, Acting

STOP = ErasureStage.ERASURE_STAGE_STOP
GOODBYE = ErasureStage.ERASURE_STAGE_GOODBYE


def stage(acting: Acting, job: EraseUser, attempt: int = 1) -> Outcome:
    return acting.run(erase_user.run, job, attempt=attempt)


def following(outcome: Outcome) -> EraseUser:
    """What the next stage is told."""
    assert isinstance(outcome, Done), outcome
    [job] = outcome.follow_ups
    return job.payload.erase_user


def known(acting: Acting, user_id: str) -> bool:
    return acting.act(lambda ctx: ctx.identity.find_user(user_id)) is not None


def test_it_waits_out_the_longest_lease_and_whoever_still_runs(acting: Acting) -> None:
    user_id = acting.person()
    job = EraseUser(user_id=user_id)
    first = stage(acting, job)
    assert first == Later(LONGEST_LEASE, "LEASES_RUN_OUT")
    assert acting.erased_jobs == [(user_id, ANA, [])]
    acting.wait(seconds=299)
    assert isinstance(stage(acting, job), Later)
    acting.wait(seconds=1)
    acting.still_running = 1
    assert stage(acting, job) == Later(timedelta(seconds=31), "JOBS_STILL_RUN")
    acting.still_running = 0
    assert following(stage(acting, job)).stage == ErasureStage.ERASURE_STAGE_SUBSCRIPTIONS


def test_a_text_that_comes_in_meanwhile_waits(acting: Acting) -> None:
    stage(acting, EraseUser(user_id=acting.person()))
    text = ProcessInboundSms(message_sid="SM1x", sender=ANA, body="hello")
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        acting.run(process_inbound_sms.run, text)
    assert refused.value.code() is grpc.StatusCode.FAILED_PRECONDITION


def test_a_crisis_text_of_meanwhile_has_its_reply_before_the_person_is_deleted(
    acting: Acting,
) -> None:
    user_id = acting.person()
    job = EraseUser(user_id=user_id, stage=ErasureStage.ERASURE_STAGE_DELETE)
    acting.still_running = 1
    assert stage(acting, job) == Later(timedelta(seconds=2), "JOBS_STILL_RUN")
    assert stage(acting, job, attempt=2) == Later(timedelta(seconds=31), "JOBS_STILL_RUN")
    assert acting.trouble.calls["DeleteProfile"] == acting.trouble.calls["DeleteUser"] == 0
    acting.still_running = 0
    assert isinstance(stage(acting, job), Done)
    assert acting.trouble.calls["DeleteUser"] == 1


def test_there_is_one_goodbye_and_a_second_attempt_sends_none(acting: Acting) -> None:
    job = EraseUser(user_id=acting.person(), stage=GOODBYE)
    stage(acting, job)
    stage(acting, job, attempt=2)
    assert len(acting.provider.received(ANA)) == 1


def test_a_goodbye_that_a_stopping_worker_gave_back_is_not_sent_again(acting: Acting) -> None:
    """A claim that is given back costs no attempt, and the text may have gone out."""
    job = EraseUser(user_id=acting.person(), stage=GOODBYE)
    assert isinstance(acting.run(erase_user.run, job, attempt=1, repeated=True), Done)
    assert acting.provider.received(ANA) == []


def test_somebody_who_opted_out_gets_no_goodbye_and_is_remembered_as_that(acting: Acting) -> None:
    user_id = acting.person()
    acting.consents(user_id, OUT)
    told = following(stage(acting, EraseUser(user_id=user_id, stage=GOODBYE)))
    assert told.opted_out
    assert acting.provider.received(ANA) == []


@pytest.mark.parametrize(
    "method",
    [
        "BeginErasure",
        "CancelSubscriptions",
        "DeleteProfile",
        "DeleteConversation",
        "DeleteAccount",
        "DeleteUser",
    ],
)
def test_one_that_is_cut_off_anywhere_goes_on(acting: Acting, method: str) -> None:
    user_id = acting.person()
    acting.texts(user_id, "hello")
    acting.consents(user_id, OUT)
    acting.trouble.make(f"*/{method}", "loses the answer", times=1)
    job = EraseUser(user_id=user_id, stage=STOP)
    stages = []
    attempt = 1
    while job.stage != ErasureStage.ERASURE_STAGE_SECOND_PASS:
        try:
            outcome = stage(acting, job, attempt)
        except grpc.aio.AioRpcError:
            attempt += 1
            continue
        if isinstance(outcome, Later):
            acting.wait(minutes=5)
            continue
        stages.append(job.stage)
        job, attempt = following(outcome), 1
    assert stages == [1, 2, 3, 4]
    assert stage(acting, job) == Done("erased")
    assert not known(acting, user_id)
    assert acting.profile(user_id).sms_consent != OUT
    assert acting.unanswered(user_id) == []


def test_somebody_whom_nobody_knows_any_more_is_erased_all_the_same(acting: Acting) -> None:
    user_id = "0198c0de-0000-7000-8000-000000000000"
    assert following(stage(acting, EraseUser(user_id=user_id))).user_id == user_id
    assert (
        following(
            stage(acting, EraseUser(user_id=user_id, stage=ErasureStage.ERASURE_STAGE_DELETE))
        ).user_id
        == user_id
    )
