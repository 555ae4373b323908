"""A running assessment takes 1 to 5, SKIP and LATER without the model; nothing else disturbs it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from protos.jobs.v1.payloads_pb2 import ExpireAssessments
from protos.profile.v1 import profile_pb2 as profile
from services.jobs.agent.guardrails import plain, septets
from services.jobs.workflows import expire_assessments, notices
from services.jobs.workflows.assessing import Word, reply_of
from services.jobs.workflows.notices import ASSESSMENT_COMPLETED, ASSESSMENT_DEFERRED, FIRST_ANSWER
from services.jobs.workflows.outcome import Done, Later
from services.profile.burnout import ScoreSource
from services.profile.questionnaires import QUESTIONNAIRES
from tests.jobs.workflows.acting import ANA, OUT, Acting
from tests.jobs.workflows.test_answer_sms import answers, said

DAILY_CHECK_IN = profile.ScoreSource.SCORE_SOURCE_DAILY_CHECK_IN
DAILY = QUESTIONNAIRES[ScoreSource.DAILY_CHECK_IN]


@pytest.mark.parametrize(
    ("body", "reply"),
    [
        ("4", 4),
        (" 4. ", 4),
        ("4!", 4),
        ("(4)", 4),
        ("#4", 4),
        ("4/5", 4),
        ("4 out of 5", 4),
        ("4️⃣", 4),
        ("４", 4),  # as a Japanese keyboard writes it
        ("Four", 4),
        ("9", 9),
        ("0", 0),
        ("-1", -1),
        ("100", 100),
        ("SKIP", Word.SKIP),
        ("skip it.", Word.SKIP),
        ("Later", Word.LATER),
        ("Not now!", Word.LATER),
        ("4.5", None),
        ("4 pills", None),
        ("about a 4", None),
        ("4-5", None),
        ("60614", None),
        ("I'll skip lunch", None),
        ("see you later", None),
        ("not now, I am at work", None),
        ("", None),
        ("👍", None),
    ],
)
def test_only_a_whole_text_is_a_reply(body: str, reply: object) -> None:
    assert reply_of(body) == reply


@pytest.mark.parametrize("source", ScoreSource)
def test_every_text_of_an_assessment_is_plain_and_two_segments_at_most(source: ScoreSource) -> None:
    questions = QUESTIONNAIRES[source]
    count = len(questions)
    bodies = [notices.check_in(each.text, count) for each in questions[:1]]
    bodies += [notices.next_question(each.text, 10, count) for each in questions]
    bodies += [notices.asked_again(each.text) for each in questions]
    for body in (*bodies, ASSESSMENT_COMPLETED, ASSESSMENT_DEFERRED):
        assert plain(body) == body
        assert septets(body) <= 306
    assert septets(notices.check_in(DAILY[0].text, 3)) <= 160
    assert "STOP" in bodies[0]


@pytest.fixture
def ana(acting: Acting) -> str:
    """Somebody who is asked the daily check-in."""
    user_id = _somebody(acting, ANA)
    _start(acting, user_id)
    return user_id


def _somebody(acting: Acting, number: str) -> str:
    user_id = acting.person(number)
    acting.act(lambda ctx: ctx.profile.record_inbound(user_id, acting.clock.now()))
    return user_id


def _start(acting: Acting, user_id: str, key: str = "check-in:1") -> None:
    started = acting.act(lambda ctx: ctx.profile.start_assessment(user_id, key, DAILY_CHECK_IN))
    assert started.started


def reply(acting: Acting, user_id: str, *bodies: str, key: str) -> str:
    """What is answered to these texts, written in one turn."""
    for body in bodies:
        acting.texts(user_id, body)
        acting.wait(seconds=1)
    return said(acting, answers(acting, user_id, key))


@pytest.mark.slow
def test_ratings_are_answered_with_the_next_question_and_never_reach_the_model(
    acting: Acting, ana: str
) -> None:
    assert reply(acting, ana, "2", key="a:1") == f"(2/3) {DAILY[1].text}{FIRST_ANSWER}"
    assert reply(acting, ana, "skip", key="a:2") == f"(3/3) {DAILY[2].text}"
    assert reply(acting, ana, "9", key="a:3") == notices.asked_again(DAILY[2].text)
    assert reply(acting, ana, "5", key="a:4") == ASSESSMENT_COMPLETED
    assert acting.agent.turns == []
    assert acting.unanswered(ana) == []
    assert acting.profile(ana).burnout_score == 87.5
    assert reply(acting, ana, "5", key="a:5") == "I hear you."  # nothing waits any more


@pytest.mark.slow
def test_limits_come_before_access_and_access_before_a_check_in(acting: Acting, ana: str) -> None:
    acting.rules = replace(acting.rules, free_answers=0)
    assert "subscribe here: http" in reply(acting, ana, "2", key="a:1")
    assert reply(acting, ana, *["hi"] * 9, key="a:2")  # the day's invitation, once more
    assert reply(acting, ana, "2", key="a:3") == notices.LIMITED
    acting.rules = replace(acting.rules, gated=False)
    acting.wait(minutes=1)
    assert reply(acting, ana, "2", key="a:4").startswith(f"(2/3) {DAILY[1].text}")


@pytest.mark.slow
def test_later_ends_it_and_what_comes_then_is_an_ordinary_text(acting: Acting, ana: str) -> None:
    assert reply(acting, ana, "Not now", key="a:1") == ASSESSMENT_DEFERRED + FIRST_ANSWER
    assert reply(acting, ana, "later", key="a:2") == "I hear you."


@pytest.mark.slow
def test_other_words_go_to_the_assistant_and_the_question_goes_on_waiting(
    acting: Acting, ana: str
) -> None:
    assert reply(acting, ana, "what a night", key="a:1") == "I hear you." + FIRST_ANSWER
    assert reply(acting, ana, "3", key="a:2") == f"(2/3) {DAILY[1].text}"


@pytest.mark.slow
def test_a_turn_of_both_is_answered_and_ends_with_the_question_even_if_it_has_to_be_cut(
    acting: Acting, ana: str
) -> None:
    acting.agent.words = "That is a lot. " * 40
    body = reply(acting, ana, "4", "she fell twice", key="a:1")
    assert body.startswith("That is a lot.")
    assert f" (2/3) {DAILY[1].text}" in body
    assert septets(body) <= 320
    [turn] = acting.agent.turns
    assert list(turn.texts) == ["she fell twice"]


@pytest.mark.slow
def test_one_turn_answers_one_question(acting: Acting, ana: str) -> None:
    assert reply(acting, ana, "4", "4", key="a:1") == f"(2/3) {DAILY[1].text}{FIRST_ANSWER}"
    assert acting.unanswered(ana) == []


@pytest.mark.slow
@pytest.mark.parametrize("method", ["RecordAnswer", "PrepareOutboundMessage"])
def test_a_reply_whose_job_is_repeated_counts_once(acting: Acting, ana: str, method: str) -> None:
    acting.texts(ana, "4")
    acting.trouble.make(f"*/{method}", "loses the answer", times=1)
    assert isinstance(answers(acting, ana, "a:1"), Later)
    assert said(acting, answers(acting, ana, "a:1", attempt=2)).startswith("(2/3)")
    assert reply(acting, ana, "4", key="a:2").startswith("(3/3)")


@pytest.mark.slow
def test_an_answer_that_never_went_out_asks_the_same_question_again(
    acting: Acting, ana: str
) -> None:
    acting.texts(ana, "4")
    first = answers(acting, ana, "a:1")
    assert isinstance(first, Done)
    message_id = first.follow_ups[0].payload.send_answer.message_id
    again = said(acting, answers(acting, ana, "expired:1", expired=message_id))
    assert f"(2/3) {DAILY[1].text}" in again


@pytest.mark.slow
def test_who_opted_out_is_asked_nothing(acting: Acting, ana: str) -> None:
    acting.texts(ana, "4")
    acting.consents(ana, OUT)
    assert answers(acting, ana) == Done("opted out")
    assert acting.trouble.calls["RecordAnswer"] == 0


@pytest.mark.slow
def test_the_sweep_ends_what_waited_a_day_whatever_their_number(acting: Acting, ana: str) -> None:
    for n in range(4):
        _start(acting, _somebody(acting, f"+1202555020{n}"), f"check-in:other:{n}")
    acting.clock.advance(timedelta(hours=24))
    payload = ExpireAssessments()
    assert acting.run(expire_assessments.run, payload) == Done("5 expired")
    assert acting.run(expire_assessments.run, payload) == Done("0 expired")
    assert reply(acting, ana, "3", key="a:1").startswith("I hear you.")
