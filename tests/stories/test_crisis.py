"""A crisis text is answered before anything else (domain.md section 5, acceptance 20)."""

from __future__ import annotations

import pytest

from protos.conversation.v1 import conversation_pb2 as conversation
from protos.jobs.v1 import jobs_pb2 as jobs
from protos.profile.v1 import profile_pb2 as profile
from tests.world.waiting import until
from tests.world.world import World

pytestmark = pytest.mark.slow

CRISIS = "I want to die"
INBOUND = conversation.Direction.DIRECTION_INBOUND


def the_reply_went_out(world: World, number: str, count: int = 1) -> None:
    until(
        lambda: [body for body in world.phone(number).bodies if "988" in body][count - 1 :],
        "the crisis reply",
        10,
    )


def is_recorded_once_with_seven_follow_ups(world: World, number: str) -> bool:
    if not world.is_known(number):
        return False
    request = profile.ListCrisesRequest(user_id=world.user_id(number))
    episodes = world.operator_profile.ListCrises(request).crises
    return len(episodes) == 1 and len(episodes[0].follow_ups) == 7 and episodes[0].text_count == 1


def it_is_written_down_in_the_end(world: World, number: str) -> None:
    """Episode, text and reply, once each, by jobs that were in back-off meanwhile."""
    until(
        lambda: (
            is_recorded_once_with_seven_follow_ups(world, number)
            and len(world.transcript(number)) == 2
            and all(message.provider_sid for message in world.transcript(number))
        ),
        "the record of the crisis",
        60,
    )
    sids = {message.provider_sid for message in world.transcript(number)}
    assert world.phone(number).received[0].sid in sids


def test_a_crisis_text_gets_the_fixed_reply_once_and_is_recorded_with_seven_follow_ups(
    world: World,
) -> None:
    ana = world.new_number()
    world.texts(ana, CRISIS)
    [reply] = world.receives(ana)
    assert all(way in reply.body for way in ("988", "741741", "911"))
    assert is_recorded_once_with_seven_follow_ups(world, ana)
    known = world.profile_of(ana)
    assert known.crisis_open
    assert known.journey_phase == profile.JourneyPhase.JOURNEY_PHASE_CRISIS
    user_id = world.user_id(ana)
    follow_ups = [
        job
        for job in world.jobs_of_type("follow_up_crisis", jobs.JOB_STATE_SCHEDULED)
        if world.job(job.key).payload.follow_up_crisis.user_id == user_id
    ]
    assert len(follow_ups) == 7
    assert [m.body for m in world.transcript(ana)] == [CRISIS, reply.body]


@pytest.mark.parametrize("text", ["help I want to die", "stop I want to die", "cancel, kms"])
def test_a_crisis_with_a_word_in_it_is_still_a_crisis(world: World, text: str) -> None:
    ana = world.new_number()
    world.texts(ana, text)
    world.receives(ana)
    assert world.profile_of(ana).sms_consent != profile.SmsConsent.SMS_CONSENT_OPTED_OUT
    assert world.profile_of(ana).crisis_open


@pytest.mark.usefixtures("unhurried_ledger")
def test_an_opted_out_person_is_not_texted_and_an_operator_is_alerted(world: World) -> None:
    ana = world.new_number()
    world.texts(ana, "STOP")
    world.receives(ana)
    sid = world.texts(ana, CRISIS)
    world.rests()
    assert len(world.phone(ana).received) == 1
    alert = world.job(f"alert:crisis-opted-out:{sid}")
    assert alert.state == jobs.JOB_STATE_COMPLETED
    assert is_recorded_once_with_seven_follow_ups(world, ana)


def test_a_person_without_access_is_answered_in_a_crisis(world: World) -> None:
    with world.worker(free_answers=0):
        ana = world.new_number()
        world.texts(ana, "hello")
        [invitation] = world.receives(ana)
        assert "subscribe" in invitation.body
        world.texts(ana, CRISIS)
        replies = world.receives(ana, 2)
        assert "988" in replies[1].body


def test_a_hanging_model_call_of_the_same_person_does_not_hold_the_reply(world: World) -> None:
    ana = world.new_number()
    world.fault("openai", "timeout", seconds=8)
    world.texts(ana, "hello")
    world.texts(ana, CRISIS)
    the_reply_went_out(world, ana)
    assert len(world.phone(ana).received) == 1


def test_every_answer_slot_hanging_on_the_model_does_not_hold_the_reply(world: World) -> None:
    world.fault("openai", "timeout", seconds=6)
    for _ in range(40):
        world.texts(world.new_number(), "hello")
    ana = world.new_number()
    world.texts(ana, CRISIS)
    the_reply_went_out(world, ana)
    world.clear_faults()
    world.rests(60)


def test_a_send_in_back_off_of_the_same_person_does_not_hold_the_reply(world: World) -> None:
    ana = world.new_number()
    world.texts(ana, "hello")
    world.receives(ana)
    world.fault("twilio", "fail", status=429, code=20429, times=2, match={"To": ana})
    world.texts(ana, "how are you")
    until(lambda: world.jobs_of_type("send_answer"), "a send that waits")
    world.clear_faults()
    world.texts(ana, CRISIS)
    the_reply_went_out(world, ana)
    world.receives(ana, 3)


@pytest.mark.parametrize("jammed", [False, True], ids=["cut", "jammed"])
def test_no_other_service_is_needed_for_the_reply(world: World, jammed: bool) -> None:
    ana = world.new_number()
    with world.without("identity", "profile", "conversation", "billing", jammed=jammed):
        world.texts(ana, CRISIS)
        the_reply_went_out(world, ana)
    it_is_written_down_in_the_end(world, ana)
    assert len(world.phone(ana).received) == 1
    assert [m.body for m in world.transcript(ana) if m.direction == INBOUND] == [CRISIS]


@pytest.mark.parametrize("name", ["identity", "profile", "conversation", "billing"])
def test_one_service_away_changes_nothing_for_the_person(world: World, name: str) -> None:
    ana = world.new_number()
    with world.without(name):
        world.texts(ana, CRISIS)
        the_reply_went_out(world, ana)
    it_is_written_down_in_the_end(world, ana)
    assert len(world.phone(ana).received) == 1


def test_the_next_text_is_answered_by_the_assistant_which_knows_of_the_crisis(
    world: World,
) -> None:
    ana = world.new_number()
    world.texts(ana, CRISIS)
    world.receives(ana)
    world.texts(ana, "forget it, I'm fine")
    assert len(world.receives(ana, 2)) == 2
    assert world.profile_of(ana).crisis_open


def test_a_crisis_whose_send_was_cut_off_after_acceptance_is_looked_up(world: World) -> None:
    ana = world.new_number()
    world.fault("twilio", "drop_after_accept", times=1, match={"To": ana})
    world.texts(ana, CRISIS)
    world.receives(ana)
    world.rests()
    assert len(world.phone(ana).received) == 1
    assert is_recorded_once_with_seven_follow_ups(world, ana)
