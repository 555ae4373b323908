"""A person texts and is answered: once, in order, whatever else happens."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from protos.conversation.v1 import conversation_pb2 as conversation
from protos.jobs.v1 import jobs_pb2 as jobs
from protos.profile.v1 import profile_pb2 as profile
from tests.world.posting import post_text
from tests.world.waiting import until
from tests.world.world import World

pytestmark = pytest.mark.slow

INBOUND = conversation.Direction.DIRECTION_INBOUND
DELIVERED = conversation.MessageState.MESSAGE_STATE_DELIVERED
OPTED_OUT = profile.SmsConsent.SMS_CONSENT_OPTED_OUT


def test_a_first_text_is_answered_by_one_that_says_an_ai_answers_and_how_to_stop(
    world: World,
) -> None:
    ana = world.new_number()
    world.texts(ana, "hello")
    [answer] = world.receives(ana)
    assert "AI" in answer.body
    assert "STOP" in answer.body
    world.texts(ana, "my mom could not sleep again")
    answers = world.receives(ana, 2)
    assert "Reply STOP" not in answers[1].body


def test_the_transcript_holds_both_ways_and_the_delivery(world: World) -> None:
    ana = world.new_number()
    sid = world.texts(ana, "hello")
    world.receives(ana)
    asked, answered = world.transcript(ana)
    assert (asked.direction, asked.body, asked.provider_sid) == (INBOUND, "hello", sid)
    assert answered.body == world.phone(ana).bodies[0]
    assert answered.state == DELIVERED
    assert answered.segments >= 1


def test_one_message_posted_50_times_at_once_over_two_gateways_is_one_turn(world: World) -> None:
    ana = world.new_number()
    sid = world.new_sid()
    with world.parts.second_gateway() as other, ThreadPoolExecutor(50) as pool:
        ports = [world.parts.ports["gateway"], other]
        posts = [
            pool.submit(post_text, world.parts, ports[n % 2], sid, ana, "hello") for n in range(50)
        ]
        assert [post.result() for post in posts] == [200] * 50
    world.receives(ana)
    assert len(world.transcript(ana)) == 2
    assert len(world.phone(ana).received) == 1


def test_a_second_delivery_of_the_same_text_gets_no_second_answer(world: World) -> None:
    ana = world.new_number()
    sid = world.texts(ana, "hello")
    world.receives(ana)
    world.texts(ana, "hello", sid=sid)
    world.rests()
    assert len(world.phone(ana).received) == 1


def test_the_same_stop_twice_opts_out_once_and_is_confirmed_once(world: World) -> None:
    ana = world.new_number()
    sid = world.texts(ana, "STOP")
    world.receives(ana)
    world.texts(ana, "STOP", sid=sid)
    world.texts(ana, "stop.")
    world.rests()
    [confirmation] = world.phone(ana).received
    assert "START" in confirmation.body
    assert world.profile_of(ana).sms_consent == OPTED_OUT


def test_yes_twice_with_two_ids_is_two_turns_in_order(world: World) -> None:
    ana = world.new_number()
    first = world.texts(ana, "yes")
    second = world.texts(ana, "yes")
    world.receives(ana, 1)
    asked = [m.provider_sid for m in world.transcript(ana) if m.direction == INBOUND]
    assert asked == [first, second]


def test_five_texts_while_the_model_is_slow_are_each_answered_once_and_in_order(
    world: World,
) -> None:
    # A machine that is busy for longer than that gets another try.
    assert any(others_are_answered_meanwhile(world, seconds) for seconds in (3, 8, 20))


def others_are_answered_meanwhile(world: World, seconds: float) -> bool:
    """Whether ben is answered while the model takes so long for the first of ana's five texts."""
    ana, ben = world.new_number(), world.new_number()
    asked = sum(world.sandbox.counts("openai").values())
    world.fault("openai", "delay", seconds=seconds, times=1)
    for n in range(5):
        world.texts(ana, f"thing number {n}")
    until(lambda: sum(world.sandbox.counts("openai").values()) > asked, "the model call")
    world.texts(ben, "hello")
    until(lambda: world.phone(ben).received, "ben's answer")
    meanwhile = not world.phone(ana).received
    world.receives(ana)
    said = world.transcript(ana)
    asked_in_order = [m.body for m in said if m.direction == INBOUND]
    assert asked_in_order == [f"thing number {n}" for n in range(5)]
    request = conversation.ListUnansweredMessagesRequest(user_id=world.user_id(ana))
    assert not world.conversation.ListUnansweredMessages(request).messages
    answers = [m for m in said if m.direction != INBOUND]
    assert 1 <= len(answers) <= 5
    assert len(answers) == len(world.phone(ana).received)
    return meanwhile


def test_emoji_right_to_left_and_combining_marks_are_stored_code_point_for_code_point(
    world: World,
) -> None:
    ana = world.new_number()
    body = "👩‍👩‍👧 e\u0301 שלום \u202eabc\u202c"
    world.texts(ana, body)
    world.receives(ana)
    assert world.transcript(ana)[0].body == body


def test_a_picture_without_words_is_answered_that_only_text_is_read(world: World) -> None:
    ana = world.new_number()
    world.texts(ana, "", media=[{"url": "https://example.com/a.jpg", "content_type": "image/jpeg"}])
    [answer] = world.receives(ana)
    assert "only read text" in answer.body
    [media] = world.transcript(ana)[0].media
    assert media.content_type == "image/jpeg"


@pytest.mark.parametrize("sender", ["12345", "AMAZON"])
def test_short_codes_and_names_are_never_answered(world: World, sender: str) -> None:
    sid = world.texts(sender, "your code is 1234")
    world.rests()
    assert world.job(f"twilio:{sid}").state == jobs.JOB_STATE_COMPLETED
    assert world.phone(sender).received == ()


def test_a_due_job_is_never_held_up_by_one_that_is_not(world: World) -> None:
    """A follow-up due tomorrow and a send in back-off do not silence a person."""
    ana = world.new_number()
    world.texts(ana, "I want to die")
    world.receives(ana)
    planned = world.jobs_of_type("follow_up_crisis", jobs.JOB_STATE_SCHEDULED)
    assert len(planned) >= 7
    world.texts(ana, "thank you")
    assert len(world.receives(ana, 2)) == 2


def test_words_and_crises_call_only_what_they_need(world: World) -> None:
    ana = world.new_number()
    world.texts(ana, "hello")
    world.receives(ana)

    def stops() -> None:
        world.texts(ana, "STOP")
        world.receives(ana, 2)

    def asks_for_help() -> None:
        world.texts(ana, "START")
        world.receives(ana, 3)
        world.texts(ana, "HELP")
        world.receives(ana, 4)

    model_calls = world.sandbox.counts("openai")
    assert not any(name.startswith("billing") for name in world.calls_during(stops))
    assert not any(name.startswith("billing") for name in world.calls_during(asks_for_help))
    assert world.sandbox.counts("openai") == model_calls
