"""A text goes out once, whatever the provider does (domain.md sections 6 and 11)."""

from __future__ import annotations

import psycopg
import pytest

from protos.conversation.v1 import conversation_pb2 as conversation
from protos.identity.v1 import identity_pb2 as identity
from protos.jobs.v1 import jobs_pb2 as jobs
from protos.jobs.v1.payloads_pb2 import Notice
from protos.profile.v1 import profile_pb2 as profile
from services.jobs.types import SENDING
from services.jobs.workflows.notices import NOTICES, SORRY_FOR_THE_DELAY
from tests.world.parts import SEGMENTS_PER_SECOND
from tests.world.waiting import until
from tests.world.world import World

pytestmark = pytest.mark.slow

OPTED_OUT = profile.SmsConsent.SMS_CONSENT_OPTED_OUT
STATES = conversation.MessageState


def last_message(world: World, number: str) -> conversation.Message:
    return world.transcript(number)[-1]


def test_a_text_that_the_provider_took_before_the_line_broke_is_never_sent_again(
    world: World,
) -> None:
    people = [world.new_number() for _ in range(20)]
    world.fault("twilio", "drop_after_accept", times=20, match={"method": "POST"})
    for number in people:
        world.texts(number, "hello")
    world.rests(60)
    assert [len(world.phone(number).received) for number in people] == [1] * 20
    for number in people:
        message = last_message(world, number)
        assert message.provider_sid == world.phone(number).received[0].sid


def test_an_answer_is_not_sent_after_a_stop(world: World) -> None:
    ana = world.new_number()
    world.texts(ana, "hello")
    world.receives(ana)
    world.fault("openai", "delay", seconds=2)
    world.texts(ana, "tell me more")
    until(lambda: world.jobs_of_type("answer_sms", jobs.JOB_STATE_RUNNING), "the model call")
    world.texts(ana, "STOP")
    world.rests()
    assert len(world.phone(ana).received) == 2
    assert "START" in world.phone(ana).bodies[1]
    assert last_message(world, ana).state in (
        STATES.MESSAGE_STATE_WITHHELD,
        STATES.MESSAGE_STATE_DELIVERED,
    )


def test_start_restores_and_a_subscription_alone_does_not(world: World) -> None:
    ana = world.new_number()
    world.texts(ana, "please stop texting me")
    world.receives(ana)
    assert world.profile_of(ana).sms_consent == OPTED_OUT
    world.subscribes(ana, link="phone")
    world.rests()
    assert world.profile_of(ana).sms_consent == OPTED_OUT
    assert len(world.phone(ana).received) == 1
    world.texts(ana, "START")
    world.receives(ana, 2)
    world.texts(ana, "hello")
    assert len(world.receives(ana, 3)) == 3


def test_stop_inside_a_sentence_opts_nobody_out(world: World) -> None:
    ana = world.new_number()
    world.texts(ana, "I can't stop crying")
    world.receives(ana)
    assert world.profile_of(ana).sms_consent != OPTED_OUT


def test_a_word_that_twilio_recognised_is_obeyed_without_our_confirmation(world: World) -> None:
    ana = world.new_number()
    world.texts(ana, "Para", opt_out_type="STOP")
    world.rests()
    assert world.profile_of(ana).sms_consent == OPTED_OUT
    assert world.phone(ana).received == ()


def test_a_number_that_the_carrier_holds_opted_out_is_recorded_and_not_tried_again(
    world: World,
) -> None:
    ana = world.new_number()
    world.fault("twilio", "error_code", code=21610, at="create", match={"To": ana})
    world.texts(ana, "hello")
    world.rests()
    until(lambda: world.profile_of(ana).sms_consent == OPTED_OUT, "the opt-out is recorded", 30)
    message = last_message(world, ana)
    assert (message.state, message.error_code) == (STATES.MESSAGE_STATE_FAILED, "21610")


@pytest.mark.parametrize("code", [21211, 21614])
def test_a_text_that_the_provider_refuses_is_recorded_by_its_code_and_not_retried(
    world: World, code: int
) -> None:
    ana = world.new_number()
    world.fault("twilio", "error_code", code=code, at="create", match={"To": ana})
    world.texts(ana, "hello")
    world.rests()
    # what is tried again for another reason rests meanwhile
    until(lambda: last_message(world, ana).error_code, "the refusal in the ledger", 60)
    world.rests()
    message = last_message(world, ana)
    assert (message.state, message.error_code) == (STATES.MESSAGE_STATE_FAILED, str(code))
    assert world.profile_of(ana).sms_consent != OPTED_OUT


def test_a_text_that_the_carrier_does_not_deliver_is_recorded_by_its_code(world: World) -> None:
    ana = world.new_number()
    world.fault("twilio", "error_code", code=30006, at="delivery", times=1, match={"To": ana})
    world.texts(ana, "hello")
    world.receives(ana)
    message = last_message(world, ana)
    assert message.error_code == "30006"
    assert message.state in (STATES.MESSAGE_STATE_UNDELIVERED, STATES.MESSAGE_STATE_FAILED)


def test_a_number_that_takes_no_texts_is_marked_until_its_person_writes(world: World) -> None:
    ana = world.new_number()
    world.fault("twilio", "error_code", code=30006, at="delivery", times=1, match={"To": ana})
    world.texts(ana, "hello")
    world.receives(ana)
    until(lambda: reason_unreachable(world, ana) == "30006", "the mark")
    world.texts(ana, "I am still here")
    world.receives(ana, 2)
    assert reason_unreachable(world, ana) == ""


def reason_unreachable(world: World, number: str) -> str:
    request = identity.GetUserRequest(user_id=world.user_id(number))
    return world.identity.GetUser(request).user.unreachable_code


def test_a_handset_that_was_away_gets_the_text_half_an_hour_later(world: World) -> None:
    ana = world.new_number()
    world.fault("twilio", "error_code", code=30003, at="delivery", times=1, match={"To": ana})
    world.texts(ana, "hello")
    world.receives(ana)
    retry = until(lambda: world.jobs_of_type("resend_text"), "the late retry")[0]
    assert retry.run_time.seconds - retry.create_time.seconds == pytest.approx(1800, abs=60)
    world.jobs.RetryJob(jobs.RetryJobRequest(job_id=retry.job_id))  # the half hour is over
    lost, again = world.receives(ana, 2)
    assert again.body == SORRY_FOR_THE_DELAY + lost.body
    until(
        lambda: [text.status for text in world.phone(ana).received] == ["undelivered", "delivered"],
        "the delivery",
    )


def test_a_provider_that_is_busy_is_asked_again_and_the_order_is_kept(world: World) -> None:
    ana = world.new_number()
    world.texts(ana, "hello")
    world.receives(ana)
    world.fault("twilio", "fail", status=429, code=20429, times=2, match={"method": "POST"})
    world.texts(ana, "one")
    until(lambda: len(world.transcript(ana)) >= 4, "the first answer to be prepared")
    world.texts(ana, "two")
    world.receives(ana, 3, seconds=30)
    prepared = [m.body for m in world.transcript(ana) if m.direction == 2]
    assert world.phone(ana).bodies == prepared


def test_statuses_in_any_order_and_number_end_delivered(world: World) -> None:
    ana = world.new_number()
    world.fault("webhooks", "duplicate", times=2)
    world.fault("webhooks", "reorder", times=2)
    world.texts(ana, "hello")
    world.receives(ana)
    until(
        lambda: last_message(world, ana).state == STATES.MESSAGE_STATE_DELIVERED,
        "the delivery",
    )


def test_a_model_that_fails_three_times_ends_in_one_apology_with_the_crisis_numbers(
    world: World,
) -> None:
    ana = world.new_number()
    world.fault("openai", "fail", status=500)
    world.texts(ana, "hello")
    world.texts(ana, "are you there?")
    [apology] = world.receives(ana, seconds=60)
    assert all(way in apology.body for way in ("988", "741741", "911"))
    world.clear_faults()
    world.rests(60)
    assert len(world.phone(ana).received) == 1
    dead = world.jobs_of_type("answer_sms", jobs.JOB_STATE_DEAD)
    assert dead
    world.texts(ana, "back again")
    assert len(world.receives(ana, 2)) == 2


@pytest.mark.parametrize(
    "output",
    [
        "",
        "Call 1-900-555-1234 now",
        "Give her 20 mg more of it",
        "word " * 400,
        "**Bold** advice\n- one\n- two",
    ],
)
def test_whatever_the_model_says_the_person_gets_one_safe_plain_answer(
    world: World, output: str
) -> None:
    ana = world.new_number()
    world.fault("openai", "script", body={"text": output} if output else {}, times=1)
    world.texts(ana, "hello")
    [answer] = world.receives(ana)
    assert answer.body
    assert "1-900" not in answer.body
    assert " mg" not in answer.body
    assert "**" not in answer.body
    assert len(answer.body) <= 320


def test_a_hundred_texts_that_waited_for_half_an_hour_get_late_answers_and_no_apology(
    world: World,
) -> None:
    people = [world.new_number() for _ in range(100)]
    world.parts.stop_worker()
    try:
        for number in people:
            world.texts(number, "hello")
        with psycopg.connect(world.databases["jobs"].admin) as admin:
            admin.execute(
                "UPDATE jobs.jobs SET created_at = created_at - interval '30 minutes',"
                " run_at = run_at - interval '30 minutes'"
            )
    finally:
        world.parts.start_worker()
    world.rests(90)
    for number in people:
        [answer] = world.phone(number).bodies
        assert answer.startswith(SORRY_FOR_THE_DELAY)
        assert NOTICES[Notice.NOTICE_APOLOGY] not in answer
    assert_no_faster_than_the_number_may_send([last_message(world, each) for each in people])


def assert_no_faster_than_the_number_may_send(sent: list[conversation.Message]) -> None:
    """What is more than the bucket holds takes its time, however slow the machine is besides."""
    begun = [each.begin_time.ToNanoseconds() / 1e9 for each in sent]
    segments = [each.segments for each in sent]
    excess = sum(segments) - max(segments) - SEGMENTS_PER_SECOND
    assert excess > SEGMENTS_PER_SECOND
    assert max(begun) - min(begun) >= excess / SEGMENTS_PER_SECOND


def paused_types(world: World) -> dict[str, str]:
    stats = world.jobs.GetQueueStats(jobs.GetQueueStatsRequest()).types
    return {each.type: each.pause.reason for each in stats if each.HasField("pause")}


def test_an_account_that_is_refused_stops_what_sends_until_operators_resume_it(
    world: World,
) -> None:
    ana, ben = world.new_number(), world.new_number()
    world.fault("twilio", "error_code", code=20003, at="create", times=1, match={"To": ana})
    try:
        world.texts(ana, "hello")
        all_paused = dict.fromkeys(SENDING, "TWILIO_20003")
        until(lambda: paused_types(world) == all_paused, "all that sends to be paused")
        until(lambda: alerts_of(world, "alert:sends-stopped-20003:"), "operators to be told")
        world.texts(ben, "I want to die")
        world.receives(ben)
        assert world.phone(ana).received == ()
    finally:
        for name in SENDING:
            world.jobs.ResumeType(jobs.ResumeTypeRequest(type=name))
    world.receives(ana, seconds=60)
    world.rests()
    assert len(alerts_of(world, "alert:sends-stopped-20003:")) == 1


def alerts_of(world: World, prefix: str) -> list[str]:
    told = world.jobs_of_type("alert_operators", jobs.JOB_STATE_COMPLETED)
    return [job.key for job in told if job.key.startswith(prefix)]
