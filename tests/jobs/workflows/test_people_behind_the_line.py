"""An operator holds the assistant, and writes to a person."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import grpc
import pytest

from protos.conversation.v1 import conversation_pb2 as conversation
from protos.jobs.v1.payloads_pb2 import AnswerSms, Notice, SendAnswer, SendNotice, SendOperatorText
from protos.profile.v1 import profile_pb2 as profile
from protos.profile.v1.profile_pb2_grpc import ProfileServiceStub
from services.jobs.carrier import NotSent
from services.jobs.types import JOB_TYPES
from services.jobs.workflows import answer_sms, send_answer, send_notice, send_operator_text
from services.jobs.workflows.holding import LOOK_AFTER, LOOK_EVERY
from services.jobs.workflows.notices import NOTICES, SORRY_FOR_THE_DELAY
from services.jobs.workflows.outcome import Done, FollowUp, Outcome, Retry
from tests.jobs.workflows.acting import ANA, OUT, Acting, stamp
from tests.jobs.workflows.serving import Services

pytestmark = pytest.mark.slow

BEN = "+12025550102"
OUTBOUND = conversation.Direction.DIRECTION_OUTBOUND
HOUR = timedelta(hours=1)


@pytest.fixture
def people(services: Services) -> Iterator[ProfileServiceStub]:
    with grpc.insecure_channel(services.address) as channel:
        yield ProfileServiceStub(channel)


@pytest.fixture
def ana(acting: Acting, people: ProfileServiceStub) -> str:
    user_id = acting.person()
    people.EnsureProfile(profile.EnsureProfileRequest(user_id=user_id))
    return user_id


def hold(people: ProfileServiceStub, user_id: str, until: datetime | None) -> None:
    request = profile.HoldAssistantRequest(user_id=user_id, until=stamp(until) if until else None)
    people.HoldAssistant(request)


def answers(acting: Acting, user_id: str, key: str = "answer:1", expired: str = "") -> Outcome:
    payload = AnswerSms(user_id=user_id, expired_message_id=expired)
    return acting.run(answer_sms.run, payload, key=key)


def look(outcome: Outcome) -> FollowUp:
    """The job that looks again, of an attempt that found the person held."""
    assert isinstance(outcome, Done)
    assert outcome.result == "held"
    [again] = outcome.follow_ups
    return again


def looks_again(acting: Acting, again: FollowUp) -> Outcome:
    return acting.run(answer_sms.run, again.payload.answer_sms, key=again.key)


def writes(acting: Acting, user_id: str, body: str, key: str = "1") -> Outcome:
    """An operator does."""
    text = SendOperatorText(user_id=user_id, body=body, request_key=key)
    return acting.run(send_operator_text.run, text, key=f"job:{key}:{user_id}")


def test_a_held_persons_texts_wait_and_are_one_turn_when_the_hold_is_over(
    acting: Acting, people: ProfileServiceStub, ana: str
) -> None:
    end = acting.clock.now() + timedelta(minutes=12)
    hold(people, ana, end)
    acting.texts(ana, "one")
    acting.texts(ana, "two")
    first, second = (look(answers(acting, ana, key)) for key in ("answer:1", "answer:2"))
    assert first.run_time == acting.clock.now() + LOOK_EVERY
    keys = {first.key, second.key}
    while acting.clock.now() < end:
        assert first.run_time is not None
        acting.clock.advance(first.run_time - acting.clock.now())
        outcomes = [looks_again(acting, each) for each in (first, second)]
        if acting.clock.now() < end:
            assert acting.unanswered(ana) == ["one", "two"]
            first, second = map(look, outcomes)
            assert not keys & {first.key, second.key}
            keys |= {first.key, second.key}
    assert acting.clock.now() == end
    answered, late = outcomes
    assert isinstance(answered, Done)
    assert acting.message(answered.follow_ups[0]).body.startswith(SORRY_FOR_THE_DELAY)
    assert late == Done("nothing unanswered")
    assert [list(turn.texts) for turn in acting.agent.turns] == [["one", "two"]]


def test_a_hold_costs_a_job_neither_attempts_nor_age(
    acting: Acting, people: ProfileServiceStub, ana: str
) -> None:
    """Each look is a job of its own, whose age begins anew: so no hold ends in an apology."""
    assert JOB_TYPES["answer_sms"].give_up.age < LOOK_EVERY
    hold(people, ana, acting.clock.now() + HOUR)
    acting.texts(ana)
    assert look(answers(acting, ana)).key != "answer:1"


def test_a_hold_that_is_lifted_early_is_noticed_by_the_next_look(
    acting: Acting, people: ProfileServiceStub, ana: str
) -> None:
    hold(people, ana, acting.clock.now() + 24 * HOUR)
    acting.texts(ana, "one")
    again = look(answers(acting, ana))
    hold(people, ana, None)
    assert isinstance(looks_again(acting, again), Done)
    assert acting.unanswered(ana) == []


def test_a_look_never_comes_at_once(acting: Acting, people: ProfileServiceStub, ana: str) -> None:
    hold(people, ana, acting.clock.now() + timedelta(milliseconds=1))
    acting.texts(ana)
    assert look(answers(acting, ana)).run_time == acting.clock.now() + LOOK_AFTER


def test_an_answer_that_never_went_out_is_given_anew_only_after_the_hold(
    acting: Acting, people: ProfileServiceStub, ana: str
) -> None:
    waiting = acting.texts(ana, "one")
    never_sent = acting.prepared(ana, answers=[waiting]).message_id
    hold(people, ana, acting.clock.now() + HOUR)
    again = look(answers(acting, ana, expired=never_sent))
    assert again.payload.answer_sms.expired_message_id == never_sent
    assert acting.unanswered(ana) == ["one"]


def test_a_held_person_without_access_is_not_invited(
    acting: Acting, people: ProfileServiceStub, ana: str
) -> None:
    acting.rules = replace(acting.rules, free_answers=0)
    hold(people, ana, acting.clock.now() + HOUR)
    acting.texts(ana)
    look(answers(acting, ana))
    assert acting.unanswered(ana) == ["hi"]


@pytest.mark.parametrize("prepared", [False, True])
def test_an_apology_that_a_hold_overtakes_is_not_said_and_its_texts_wait(
    acting: Acting, people: ProfileServiceStub, ana: str, prepared: bool
) -> None:
    job = SendNotice(user_id=ana, notice=Notice.NOTICE_APOLOGY)
    acting.texts(ana, "one")
    if prepared:
        acting.provider.next.append(NotSent("TWILIO_20429"))
        assert isinstance(acting.run(send_notice.run, job, key="apology:1"), Retry)
    hold(people, ana, acting.clock.now() + LOOK_EVERY)
    again = look(acting.run(send_notice.run, job, key="apology:1"))
    acting.wait(minutes=5)
    assert isinstance(looks_again(acting, again), Done)
    assert [list(turn.texts) for turn in acting.agent.turns] == [["one"]]
    assert NOTICES[Notice.NOTICE_APOLOGY] not in acting.provider.received(ANA)


def test_an_answer_that_a_hold_overtakes_is_not_sent_and_its_texts_wait(
    acting: Acting, people: ProfileServiceStub, ana: str
) -> None:
    answer = acting.prepared(ana, answers=[acting.texts(ana, "one")])
    hold(people, ana, acting.clock.now() + HOUR)
    job = SendAnswer(user_id=ana, message_id=answer.message_id)
    again = look(acting.run(send_answer.run, job, key=f"send:{answer.message_id}"))
    assert acting.provider.texts == []
    again = look(looks_again(acting, again))
    assert acting.unanswered(ana) == ["one"]
    hold(people, ana, None)
    assert isinstance(looks_again(acting, again), Done)
    assert acting.unanswered(ana) == []


def test_an_operators_text_goes_out_once_for_its_key_and_is_ours_in_the_transcript(
    acting: Acting, ana: str
) -> None:
    assert writes(acting, ana, "This is Eva from the line.") == Done("accepted")
    assert writes(acting, ana, "Other words.") == Done("settled before")
    assert writes(acting, ana, "And again.", key="2") == Done("accepted")
    assert acting.provider.received(ANA) == ["This is Eva from the line.", "And again."]
    said = acting.act(lambda ctx: ctx.conversation.get(ana)).recent_messages
    assert {each.direction for each in said} == {OUTBOUND}
    assert len(said) == 2


def test_one_key_of_an_operator_names_another_text_for_another_person(
    acting: Acting, ana: str
) -> None:
    ben = acting.person(BEN)
    writes(acting, ana, "to Ana")
    writes(acting, ben, "to Ben")
    assert (acting.provider.received(ANA), acting.provider.received(BEN)) == (
        ["to Ana"],
        ["to Ben"],
    )


def test_an_operators_text_reaches_neither_who_opted_out_nor_who_is_gone(
    acting: Acting, ana: str
) -> None:
    acting.consents(ana, OUT)
    assert writes(acting, ana, "hello") == Done("withheld: opted out")
    gone = "01890a5d-ac96-774b-bcce-b302099a8057"
    assert writes(acting, gone, "hello") == Done("no such person")
    assert acting.act(lambda ctx: ctx.conversation.find_prepared(f"operator-text:{gone}:1")) is None
    assert acting.provider.texts == []
