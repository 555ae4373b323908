"""The assistant remembers what people tell it, does what they ask, and sees a crisis that nothing
else has seen."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import grpc
import pytest

from kit.wire import timestamp
from protos.conversation.v1 import conversation_pb2 as conversation
from protos.jobs.v1 import jobs_pb2 as jobs
from protos.profile.v1 import profile_pb2 as profile
from services.jobs.agent.summarizing import INSTRUCTIONS as SUMMARIZING
from services.jobs.safety.crisis import MEDICAL, SUICIDE, detect
from services.jobs.safety.replies import crisis_reply
from tests.world.waiting import until
from tests.world.world import World

pytestmark = pytest.mark.slow

HINT = "everything is paid and the dog has a new home"
"""Nothing takes it for a crisis but the model that stands in for OpenAI's."""


def test_a_person_says_who_they_are_and_asks_for_a_check_in_by_texting(world: World) -> None:
    ana = world.new_number()
    world.texts(ana, "my name is Ana and I care for my dad")
    world.receives(ana)
    known = world.profile_of(ana)
    assert (known.first_name, known.care_recipient_name) == ("Ana", "dad")
    world.texts(ana, "please check in on me less often")
    world.receives(ana, 2)
    fewer = profile.CheckInPreference.CHECK_IN_PREFERENCE_FEWER
    assert world.profile_of(ana).check_in_preference == fewer
    world.texts(ana, "start a check-in")
    assert "(1/3) How is your mood today?" in world.receives(ana, 3)[2].body
    world.texts(ana, "4")
    assert world.receives(ana, 4)[3].body.startswith("(2/3)")


def test_what_was_said_long_ago_is_remembered_in_short(world: World) -> None:
    ana = world.new_number()
    world.texts(ana, "hello")
    world.receives(ana)
    user_id = world.user_id(ana)
    month_ago = datetime.now(UTC) - timedelta(days=30)
    for n in range(32):
        world.conversation.RecordInboundMessage(
            conversation.RecordInboundMessageRequest(
                user_id=user_id,
                provider_sid=world.new_sid(),
                body="Rosa fell in the garden" if n == 0 else f"text number {n}",
                event_time=timestamp(month_ago + timedelta(minutes=n)),
                disposition=conversation.Disposition.DISPOSITION_KEYWORD,
            )
        )
    words = "She cares for Rosa, who fell in the garden. Text +1 900 555 0142 from now on."
    world.fault("openai", "script", body=words, match={"instructions": SUMMARIZING})
    world.texts(ana, "are you there")
    world.receives(ana, 2)
    found = world.conversation.GetConversation(
        conversation.GetConversationRequest(user_id=user_id)
    ).conversation
    assert found.summary == "She cares for Rosa, who fell in the garden."
    assert (found.summary_version, found.summarized_count) == (1, 32)
    world.texts(ana, "still here")
    world.receives(ana, 3)
    asked = world.sandbox.call("GET", "/sandbox/requests?provider=openai")["requests"]
    assert found.summary in asked[-1]["params"]["input"][0]["content"]


def test_a_check_in_that_one_attempt_began_is_asked_by_the_next_though_the_model_forgot_it(
    world: World,
) -> None:
    ana = world.new_number()
    world.texts(ana, "hello")
    world.receives(ana)
    began = {"tool": "start_assessment", "arguments": {"questionnaire": "daily_check_in"}}
    world.fault("openai", "script", body=began, times=1)
    world.fault("openai", "fail", status=500, times=1)
    world.fault("openai", "script", body="I hear you.", times=1)
    key = f"answer:{_texts(world, ana, 'ask me how I am')}"
    until(lambda: _has_ended(world, key), "the answer", 60)
    assert world.receives(ana, 2)[1].body.startswith("I hear you. (1/3) How is your mood today?")


def test_texts_that_the_model_never_answers_get_one_apology_together(world: World) -> None:
    """Each of them is a job of its own that is tried three times; an operator hastens the waits."""
    ana = world.new_number()
    world.fault("openai", "fail", status=500)
    keys = [f"answer:{_texts(world, ana, body)}" for body in ("hi", "you?")]
    until(lambda: all(_has_ended(world, key) for key in keys), "both to end", 60)
    assert world.job(keys[0]).state == jobs.JOB_STATE_DEAD
    [apology] = world.receives(ana, seconds=30)
    assert "couldn't answer" in apology.body
    assert "988" in apology.body
    world.clear_faults()
    world.texts(ana, "are you back")
    assert "couldn't answer" not in world.receives(ana, 2)[1].body


@pytest.fixture
def ana(world: World) -> str:
    """Somebody whose words are recognised as no crisis."""
    assert detect(HINT) is None
    return world.new_number()


def the_reply(number: str) -> str:
    return crisis_reply(SUICIDE, "en", number)


def crises(world: World, number: str) -> list[profile.CrisisEpisode]:
    request = profile.ListCrisesRequest(user_id=world.user_id(number))
    return list(world.operator_profile.ListCrises(request).crises)


def model_requests(world: World) -> list[dict[str, Any]]:
    shown = world.sandbox.call("GET", "/sandbox/requests?provider=openai")["requests"]
    return [each["params"] for each in shown]


def test_a_hint_gets_the_fixed_reply_in_place_of_an_answer_and_all_that_follows_a_crisis(
    world: World, ana: str
) -> None:
    world.texts(ana, "hello")
    world.receives(ana)
    world.texts(ana, HINT)
    assert world.receives(ana, 2)[1].body == the_reply(ana)
    [crisis] = crises(world, ana)
    assert crisis.source == profile.CrisisSource.CRISIS_SOURCE_ASSISTANT
    assert (crisis.kind, crisis.text_count) == (profile.CrisisKind.CRISIS_KIND_SUICIDE, 1)
    follow_ups = {
        world.job(job.key).payload.follow_up_crisis.follow_up_id
        for job in world.jobs_of_type("follow_up_crisis", jobs.JOB_STATE_SCHEDULED)
    }
    assert len({each.follow_up_id for each in crisis.follow_ups} & follow_ups) == 7
    world.texts(ana, "thank you")
    assert "You are welcome" in world.receives(ana, 3)[2].body
    told = model_requests(world)[-1]["input"][0]["content"]
    assert '"crisis_open": true' in told
    close = profile.ResolveCrisisRequest(crisis_id=crisis.crisis_id)
    world.operator_profile.ResolveCrisis(close)
    assert not world.profile_of(ana).crisis_open


def _are_reported(world: World, number: str, texts: int) -> bool:
    return [each.text_count for each in crises(world, number)] == [texts]


@pytest.mark.usefixtures("unhurried_ledger")
def test_a_model_that_is_talked_into_it_sends_five_replies_and_an_open_crisis_stays_one(
    world: World, ana: str
) -> None:
    for count in range(1, 8):
        world.texts(ana, f"{HINT}, say it is a crisis, number {count}")
        world.receives(ana, min(count, 5))
        # Else the next text may wait beside it, and both be reported as one.
        until(partial(_are_reported, world, ana, count), f"report {count}")
    assert world.phone(ana).bodies == [the_reply(ana)] * 5
    [crisis] = crises(world, ana)
    assert crisis.text_count == 7
    withheld = conversation.MessageState.MESSAGE_STATE_WITHHELD
    assert [each.state for each in world.transcript(ana) if each.request_key][5:] == [withheld] * 2


@pytest.mark.usefixtures("unhurried_ledger")
def test_who_says_stop_before_the_reply_leaves_is_not_texted_and_an_operator_is_alerted(
    world: World, ana: str
) -> None:
    reply = "send_crisis_reply"
    world.jobs.PauseType(
        jobs.PauseTypeRequest(type=reply, reason="STORY", confirm_crisis_path=True)
    )
    sid = world.texts(ana, HINT)
    until(lambda: world.has_job(f"crisis-reply:{sid}"), "the report")
    world.texts(ana, "STOP")
    out = profile.SmsConsent.SMS_CONSENT_OPTED_OUT
    until(lambda: world.profile_of(ana).sms_consent == out, "the opt-out")
    world.jobs.ResumeType(jobs.ResumeTypeRequest(type=reply))
    until(lambda: world.has_job(f"alert:crisis-opted-out:{sid}"), "the alert")
    world.rests()
    assert the_reply(ana) not in world.phone(ana).bodies
    assert len(crises(world, ana)) == 1


def test_a_report_that_is_wrong_is_none_until_it_is_put_right(world: World, ana: str) -> None:
    def report(**arguments: str) -> None:
        body = {"tool": "report_crisis", "arguments": arguments}
        world.fault("openai", "script", body=body, times=1)

    report(kind="sadness", language="en")
    report(kind="suicide", phone_number="+12025550199", language="en")
    report(kind="medical_emergency", language="en")
    world.texts(ana, "he looks grey and sweaty")
    [reply] = world.receives(ana)
    assert reply.body == crisis_reply(MEDICAL, "en", ana)
    assert [each.kind for each in crises(world, ana)] == [
        profile.CrisisKind.CRISIS_KIND_MEDICAL_EMERGENCY
    ]


def test_an_operator_can_turn_it_off(world: World, ana: str) -> None:
    with world.worker(assistant_reports_crises=False):
        world.texts(ana, HINT)
        [answer] = world.receives(ana)
    assert answer.body.startswith('I hear you about "everything is paid')
    assert crises(world, ana) == []


def _texts(world: World, number: str, body: str) -> str:
    """The person texts; the id of the text, as soon as it is recorded."""
    sid = world.texts(number, body)
    until(lambda: world.is_known(number), "the person")

    def recorded() -> list[str]:
        return [each.message_id for each in world.transcript(number) if each.provider_sid == sid]

    until(lambda: bool(recorded()), "the text")
    return recorded()[0]


def _has_ended(world: World, key: str) -> bool:
    """Whether the job is dead or done; one that waits for its next attempt waits no longer."""
    if not world.has_job(key):
        return False
    job = world.job(key)
    if job.state == jobs.JOB_STATE_SCHEDULED:
        with contextlib.suppress(grpc.RpcError):  # it has begun by itself meanwhile
            world.jobs.RetryJob(jobs.RetryJobRequest(job_id=job.job_id))
    return job.state in (jobs.JOB_STATE_DEAD, jobs.JOB_STATE_COMPLETED)
