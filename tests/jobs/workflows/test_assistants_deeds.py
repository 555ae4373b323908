"""What the assistant does for a person while it answers them: their own data, and once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import grpc
import pytest

from protos.conversation.v1 import conversation_pb2 as conversation
from protos.profile.v1 import profile_pb2 as profile
from services.jobs.agent.deeds import CheckIns, Deeds, NotAccepted, Questionnaire
from services.jobs.agent.guardrails import CAP, septets
from services.jobs.workflows import notices
from services.jobs.workflows.deeds import TurnDeeds
from services.jobs.workflows.notices import FIRST_ANSWER
from services.jobs.workflows.outcome import Later, Retry
from services.profile.burnout import ScoreSource
from services.profile.questionnaires import QUESTIONNAIRES
from tests.jobs.workflows.acting import ANA, Acting
from tests.jobs.workflows.test_answer_sms import answers, said, to_send

pytestmark = pytest.mark.slow

DAILY, MONTHLY = Questionnaire.DAILY_CHECK_IN, Questionnaire.MONTHLY_REVIEW
FEWER = profile.CheckInPreference.CHECK_IN_PREFERENCE_FEWER
FIRST = notices.first_question(QUESTIONNAIRES[ScoreSource.DAILY_CHECK_IN][0].text, 3)
SECOND = notices.next_question(QUESTIONNAIRES[ScoreSource.DAILY_CHECK_IN][1].text, 2, 3)

Deed = Callable[[Deeds], Awaitable[object]]


@pytest.fixture
def ana(acting: Acting) -> str:
    """Somebody who has written before, so that there is a profile."""
    return somebody(acting, ANA)


def somebody(acting: Acting, number: str) -> str:
    user_id = acting.person(number)
    acting.act(lambda ctx: ctx.profile.record_inbound(user_id, acting.clock.now()))
    return user_id


def starts(which: Questionnaire = DAILY) -> Deed:
    return lambda deeds: deeds.start_assessment(which)


def newest(acting: Acting, user_id: str) -> profile.Assessment:
    found = acting.act(lambda ctx: ctx.profile.newest_assessment(user_id))
    assert found is not None
    return found


def does(acting: Acting, user_id: str, deed: Deed) -> object:
    """One deed for the person, because of a text of theirs."""
    waiting = [conversation.Message(message_id="a text")]
    return acting.act(lambda ctx: deed(TurnDeeds(user_id, waiting, ctx)))


def test_what_is_told_is_kept_for_the_sender_alone(acting: Acting, ana: str) -> None:
    ben = somebody(acting, "+12025550102")
    acting.texts(ana, "I'm Ana, Rosa's daughter, in Chicago 60614. Check in less.")

    async def deed(deeds: Deeds) -> None:
        told = {"first_name": "Ana", "care_recipient_name": "Rosa", "relationship": "daughter"}
        await deeds.update_profile({**told, "zip_code": "60614", "time_zone": "America/Chicago"})
        await deeds.set_check_in_preference(CheckIns.FEWER)

    acting.agent.does = deed
    assert said(acting, answers(acting, ana)) == "I hear you." + FIRST_ANSWER
    known = acting.profile(ana)
    assert (known.first_name, known.care_recipient_name) == ("Ana", "Rosa")
    assert (known.relationship, known.zip_code) == ("daughter", "60614")
    assert (known.time_zone, known.check_in_preference) == ("America/Chicago", FEWER)
    assert acting.profile(ben).first_name == ""
    acting.texts(ana, "and?")
    answers(acting, ana, "answer:2")
    turn = acting.agent.turns[-1]
    assert (turn.first_name, turn.care_recipient, turn.check_ins) == ("Ana", "Rosa", "fewer")


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"time_zone": "Chicago"}, "time_zone must be an IANA time zone"),
        ({"zip_code": "!"}, "zip_code must be a postal code"),
        ({"first_name": "Ana", "zip_code": "!"}, "zip_code must be"),
    ],
)
def test_what_profile_refuses_is_said_by_field_and_nothing_is_kept(
    acting: Acting, ana: str, changes: dict[str, str], why: str
) -> None:
    with pytest.raises(NotAccepted, match=why):
        does(acting, ana, lambda deeds: deeds.update_profile(changes))
    assert acting.profile(ana).first_name == ""


@pytest.mark.parametrize(
    "deed",
    [
        lambda deeds: deeds.update_profile({"first_name": "Ana"}),
        lambda deeds: deeds.set_check_in_preference(CheckIns.NONE),
        starts(),
    ],
    ids=["update_profile", "set_check_in_preference", "start_assessment"],
)
def test_where_there_is_no_profile_nothing_is_done_and_a_service_that_is_away_is_no_refusal(
    acting: Acting, ana: str, deed: Deed
) -> None:
    with pytest.raises(NotAccepted):
        does(acting, acting.person("+12025550103"), deed)
    acting.trouble.make("/profile.*", "refuses")
    with pytest.raises(grpc.aio.AioRpcError):
        does(acting, ana, deed)


def test_a_service_that_is_away_during_a_deed_costs_no_attempt(acting: Acting, ana: str) -> None:
    acting.texts(ana, "call me Ana")
    acting.agent.does = lambda deeds: deeds.update_profile({"first_name": "Ana"})
    acting.trouble.make("*/UpdateProfile", "refuses")
    assert isinstance(answers(acting, ana), Later)
    assert acting.unanswered(ana) == ["call me Ana"]


def test_a_check_in_that_is_asked_for_begins_below_the_answer_and_takes_replies(
    acting: Acting, ana: str
) -> None:
    acting.agent.words = "Good that you ask. How are you? " + "You carry a lot. " * 30
    acting.agent.does = starts()
    acting.texts(ana, "check in with me")
    body = said(acting, answers(acting, ana))
    assert body.startswith("Good that you ask. You carry a lot.")
    assert f" {FIRST}" in body
    assert body.count("?") == 1
    assert septets(body) <= CAP
    acting.agent.does = None
    acting.texts(ana, "4")
    assert said(acting, answers(acting, ana, "answer:2")) == SECOND


def test_an_assistant_that_has_only_questions_leaves_the_question_to_the_check_in(
    acting: Acting, ana: str
) -> None:
    acting.agent.words = "How are you?"
    acting.agent.does = starts()
    acting.texts(ana, "check in")
    assert said(acting, answers(acting, ana)).startswith(f"{notices.QUESTION_FOLLOWS} {FIRST}")


def test_one_that_runs_goes_on_whatever_is_asked_for(acting: Acting, ana: str) -> None:
    daily = profile.ScoreSource.SCORE_SOURCE_DAILY_CHECK_IN
    acting.act(lambda ctx: ctx.profile.start_assessment(ana, "check-in:1", daily))
    assert does(acting, ana, starts(MONTHLY)) is False
    acting.agent.does = starts(MONTHLY)
    acting.texts(ana, "monthly review please")
    assert FIRST in said(acting, answers(acting, ana))
    assert newest(acting, ana).questionnaire == daily


def test_a_repeated_job_starts_one_check_in_and_asks_its_question_though_the_model_changed_its_mind(
    acting: Acting, ana: str
) -> None:
    """However the first run ended: the model failed, the store was away, the answer was lost."""
    acting.texts(ana, "check in")

    async def then_fails(deeds: Deeds) -> None:
        await deeds.start_assessment(DAILY)
        acting.agent.words = None

    acting.agent.does = then_fails
    assert answers(acting, ana) == Retry("AGENT_APITimeoutError")
    begun = newest(acting, ana)
    acting.agent.words, acting.agent.does = "I hear you.", starts()
    acting.trouble.make("*/PrepareOutboundMessage", "refuses", times=1)
    assert isinstance(answers(acting, ana, attempt=2), Later)
    acting.agent.does = None
    first = answers(acting, ana, repeated=True)
    assert FIRST in said(acting, first)
    expired = to_send(first).payload.send_answer.message_id
    assert FIRST in said(acting, answers(acting, ana, "expired:1", expired=expired))
    assert newest(acting, ana) == begun


def test_a_run_for_the_first_time_asks_for_no_assessment(acting: Acting, ana: str) -> None:
    acting.texts(ana)
    answers(acting, ana)
    assert acting.trouble.calls["GetAssessment"] == 0
