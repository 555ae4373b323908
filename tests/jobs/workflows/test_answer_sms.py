"""Whatever of a person's texts waits gets one answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.request import Request, urlopen

import psycopg
import pytest

from protos.conversation.v1 import conversation_pb2 as conversation
from protos.jobs.v1.payloads_pb2 import AnswerSms, Notice
from services.jobs.agent.deeds import Deeds
from services.jobs.agent.guardrails import CAP, septets
from services.jobs.agent.turn import Summarizer, Turn
from services.jobs.workflows import answer_sms
from services.jobs.workflows.context import Context
from services.jobs.workflows.notices import (
    FIRST_ANSWER,
    LIMITED,
    ONLY_TEXT,
    SORRY_FOR_THE_DELAY,
)
from services.jobs.workflows.outcome import Done, FollowUp, Later, Outcome, Retry
from services.jobs.workflows.sending import NOT_FOUND_COUNTS_AFTER
from services.jobs.workflows.stripe_away import LOOK_AGAIN_WITHIN
from tests.databases import Databases
from tests.jobs.workflows.acting import ANA, IN, OUT, Acting
from tests.jobs.workflows.serving import How

pytestmark = pytest.mark.slow

BO = "+12025550102"
EXPIRED = conversation.SendFailure.SEND_FAILURE_EXPIRED
WITHHELD = conversation.SendFailure.SEND_FAILURE_WITHHELD
REFUSED = conversation.SendFailure.SEND_FAILURE_REFUSED


@pytest.fixture
def ana(acting: Acting) -> str:
    return acting.person()


def answers(acting: Acting, user_id: str, key: str = "answer:1", **more: Any) -> Outcome:
    """One attempt of the job."""
    expired = more.pop("expired", "")
    payload = AnswerSms(user_id=user_id, expired_message_id=expired)
    return acting.run(answer_sms.run, payload, key=key, **more)


def to_send(outcome: Outcome) -> FollowUp:
    """The one follow-up of an answer: to send it."""
    assert isinstance(outcome, Done)
    [follow_up] = outcome.follow_ups
    sending = follow_up.payload.send_answer
    assert follow_up.key == f"send:{sending.message_id}"
    return follow_up


def said(acting: Acting, outcome: Outcome) -> str:
    """The words of the prepared answer."""
    return acting.message(to_send(outcome)).body


def goes_out(acting: Acting, outcome: Outcome) -> None:
    assert acting.sends(acting.message(to_send(outcome))) == Done("accepted")


def test_all_waiting_texts_are_one_turn_in_their_order(acting: Acting, ana: str) -> None:
    for body in ("one", "two", "three"):
        acting.texts(ana, body)
        acting.wait(seconds=1)
    assert said(acting, answers(acting, ana)) == "I hear you." + FIRST_ANSWER
    [turn] = acting.agent.turns
    assert list(turn.texts) == ["one", "two", "three"]
    assert list(turn.transcript) == []
    assert acting.unanswered(ana) == []


def test_the_transcript_holds_what_was_said_before_and_not_what_waits(
    acting: Acting, ana: str
) -> None:
    acting.texts(ana, "one")
    answers(acting, ana)
    acting.wait(seconds=5)
    acting.texts(ana, "two")
    answers(acting, ana, "answer:2")
    turn = acting.agent.turns[1]
    assert [(line.ours, line.text) for line in turn.transcript] == [
        (False, "one"),
        (True, "I hear you." + FIRST_ANSWER),
    ]
    assert list(turn.texts) == ["two"]


def test_only_the_first_answer_says_that_an_ai_answers(acting: Acting, ana: str) -> None:
    acting.texts(ana)
    assert FIRST_ANSWER in said(acting, answers(acting, ana))
    acting.texts(ana)
    assert said(acting, answers(acting, ana, "answer:2")) == "I hear you."


def test_an_answer_fits_with_everything_that_is_put_around_it(acting: Acting, ana: str) -> None:
    acting.agent.words = "That is a lot. " * 200
    acting.texts(ana)
    acting.wait(minutes=11)
    body = said(acting, answers(acting, ana))
    assert body.startswith(SORRY_FOR_THE_DELAY)
    assert body.endswith(FIRST_ANSWER)
    assert septets(body) <= CAP


def test_a_repeated_job_asks_the_model_only_once(acting: Acting, ana: str) -> None:
    acting.texts(ana)
    first = answers(acting, ana)
    acting.agent.words = "Something else."
    assert answers(acting, ana, attempt=2) == first
    assert len(acting.agent.turns) == 1


def test_a_repeated_job_whose_answer_to_prepare_was_lost_has_one_answer(
    acting: Acting, ana: str
) -> None:
    acting.texts(ana)
    acting.trouble.make("*/PrepareOutboundMessage", "loses the answer", times=1)
    assert isinstance(answers(acting, ana), Later)
    acting.agent.words = "Something else."
    assert said(acting, answers(acting, ana, attempt=2)) == "I hear you." + FIRST_ANSWER


def test_what_was_prepared_goes_on_while_profile_is_away(acting: Acting, ana: str) -> None:
    """Nor would an apology come: its texts are answered."""
    acting.texts(ana)
    acting.trouble.make("*/PrepareOutboundMessage", "loses the answer", times=1)
    assert isinstance(answers(acting, ana), Later)
    acting.trouble.make("/profile.*", "refuses")
    assert said(acting, answers(acting, ana, attempt=2)) == "I hear you." + FIRST_ANSWER


def test_the_second_of_two_jobs_finds_nothing_to_do(acting: Acting, ana: str) -> None:
    acting.texts(ana)
    acting.texts(ana)
    answers(acting, ana, "answer:1")
    assert answers(acting, ana, "answer:2") == Done("nothing unanswered")


def test_a_text_that_is_recorded_late_is_answered_with_those_written_after_it(
    acting: Acting, ana: str
) -> None:
    early = acting.clock.now()
    acting.wait(seconds=1)
    acting.texts(ana, "second")

    class Slow:
        """An assistant that thinks while the first text is being recorded."""

        summarizer: Summarizer | None = None

        def __init__(self, ctx: Context) -> None:
            self._ctx = ctx

        async def answer(self, turn: Turn, deeds: Deeds) -> str:
            await self._ctx.conversation.record_inbound(
                ana, "SMfirst", "first", [], early, conversation.Disposition.DISPOSITION_TO_ANSWER
            )
            return "Only to the second."

    job = AnswerSms(user_id=ana)
    outcome = acting.act(lambda ctx: answer_sms.run(job, replace(ctx, agent=Slow(ctx))))
    assert outcome == Later(timedelta(), "EARLIER_UNANSWERED")
    assert acting.unanswered(ana) == ["first", "second"]
    assert said(acting, answers(acting, ana)) == "I hear you." + FIRST_ANSWER
    assert list(acting.agent.turns[0].texts) == ["first", "second"]


def test_an_answer_that_another_gave_meanwhile_is_thrown_away(acting: Acting, ana: str) -> None:
    waiting = acting.texts(ana)
    notice = conversation.MessageKind.MESSAGE_KIND_NOTICE

    class Overtaken:
        summarizer: Summarizer | None = None

        def __init__(self, ctx: Context) -> None:
            self._ctx = ctx

        async def answer(self, turn: Turn, deeds: Deeds) -> str:
            await self._ctx.conversation.prepare(ana, "another", "hello", notice, [waiting])
            return "Too late."

    job = AnswerSms(user_id=ana)
    outcome = acting.act(lambda ctx: answer_sms.run(job, replace(ctx, agent=Overtaken(ctx))))
    assert outcome == Retry("ALREADY_ANSWERED")
    assert answers(acting, ana) == Done("nothing unanswered")


def test_a_model_that_does_not_answer_is_asked_again(acting: Acting, ana: str) -> None:
    acting.texts(ana)
    acting.agent.words = None
    assert answers(acting, ana) == Retry("AGENT_APITimeoutError")
    acting.agent.words = "Here I am."
    assert said(acting, answers(acting, ana, attempt=2)).startswith("Here I am.")


def test_a_picture_alone_is_answered_without_the_model(acting: Acting, ana: str) -> None:
    acting.act(
        lambda ctx: ctx.conversation.record_inbound(
            ana,
            "MM1",
            " ",
            [conversation.Media(url="https://example.org/1", content_type="image/png")],
            acting.clock.now(),
            conversation.Disposition.DISPOSITION_TO_ANSWER,
        )
    )
    assert said(acting, answers(acting, ana)) == ONLY_TEXT + FIRST_ANSWER
    assert acting.agent.turns == []


def test_a_late_answer_says_sorry(acting: Acting, ana: str) -> None:
    acting.texts(ana)
    acting.wait(minutes=10)
    assert SORRY_FOR_THE_DELAY not in said(acting, answers(acting, ana))
    acting.texts(ana)
    acting.wait(minutes=10, seconds=1)
    assert said(acting, answers(acting, ana, "answer:2")).startswith(SORRY_FOR_THE_DELAY)


def test_a_person_who_opted_out_meanwhile_gets_no_answer(acting: Acting, ana: str) -> None:
    acting.texts(ana)
    acting.wait(seconds=1)
    acting.consents(ana, OUT)
    assert answers(acting, ana) == Done("opted out")
    assert acting.agent.turns == []
    acting.wait(seconds=1)
    acting.consents(ana, IN)
    assert answers(acting, ana, "answer:2") == Done("nothing unanswered")


# -- an answer that never went out ------------------------------------------------------------


def test_an_expired_answer_is_given_anew_with_a_sorry(acting: Acting, ana: str) -> None:
    acting.texts(ana, "one")
    expired = to_send(answers(acting, ana)).payload.send_answer.message_id
    acting.wait(minutes=1)
    outcome = answers(acting, ana, "expired:1", expired=expired)
    assert said(acting, outcome).startswith(SORRY_FOR_THE_DELAY)
    assert acting.ledger(expired)[0] == "EXPIRED"
    assert list(acting.agent.turns[1].texts) == ["one"]


def test_an_answer_that_went_out_after_all_is_not_given_anew(acting: Acting, ana: str) -> None:
    acting.texts(ana)
    first = answers(acting, ana)
    goes_out(acting, first)
    expired = to_send(first).payload.send_answer.message_id
    assert answers(acting, ana, "expired:1", expired=expired) == Done("nothing unanswered")


def test_an_expired_answer_that_the_provider_may_have_is_looked_up_before_another_is_given(
    acting: Acting, ana: str
) -> None:
    acting.texts(ana)
    first = answers(acting, ana)
    acting.provider.next.append("answer lost")
    acting.provider.lag = timedelta(seconds=5)
    message = acting.message(to_send(first))
    assert isinstance(acting.sends(message), Later)
    unclear = answers(acting, ana, "expired:1", expired=message.message_id)
    assert isinstance(unclear, Later)
    acting.wait(seconds=5)
    assert answers(acting, ana, "expired:1", expired=message.message_id) == Done(
        "nothing unanswered"
    )
    assert acting.ledger(message.message_id)[0] == "ACCEPTED"
    assert len(acting.provider.received(ANA)) == 1


@pytest.mark.parametrize("away", [False, True])
def test_an_expired_answer_that_the_provider_surely_lacks_is_given_anew(
    acting: Acting, ana: str, away: bool
) -> None:
    """Nor is a provider that cannot be asked waited for without an end."""
    acting.texts(ana)
    message = acting.message(to_send(answers(acting, ana)))
    acting.provider.next.append("text lost")
    acting.sends(message)
    acting.provider.away = away
    assert isinstance(answers(acting, ana, "expired:1", expired=message.message_id), Later)
    acting.clock.advance(NOT_FOUND_COUNTS_AFTER)
    again = answers(acting, ana, "expired:1", expired=message.message_id)
    assert acting.ledger(message.message_id)[0] == "EXPIRED"
    goes_out(acting, again)
    assert len(acting.provider.received(ANA)) == 1


@pytest.mark.parametrize("why", [EXPIRED, WITHHELD, REFUSED])
def test_an_answer_that_never_went_out_is_none_of_the_free_ones_nor_the_first(
    acting: Acting, ana: str, why: conversation.SendFailure.ValueType
) -> None:
    """Whoever was never told that an AI answers, and how to stop, is told by the next answer."""
    acting.texts(ana)
    message = acting.message(to_send(answers(acting, ana)))
    acting.act(lambda ctx: ctx.conversation.record_failed(message.message_id, why))
    assert acting.act(lambda ctx: ctx.conversation.get(ana)).answer_count == 0
    acting.texts(ana)
    assert said(acting, answers(acting, ana, "answer:2")).endswith(FIRST_ANSWER)


# -- limits ----------------------------------------------------------------------------------


def test_a_turn_over_the_limit_answers_what_is_let_through_and_says_so_once(
    acting: Acting, ana: str
) -> None:
    for number in range(12):
        acting.texts(ana, f"text {number}")
    first = answers(acting, ana)
    assert LIMITED in said(acting, first)
    assert answers(acting, ana, attempt=2) == first
    assert list(acting.agent.turns[0].texts) == [f"text {number}" for number in range(10)]
    acting.texts(ana, "one more")
    assert answers(acting, ana, "answer:2") == Done("limited")
    assert acting.unanswered(ana) == []
    acting.wait(minutes=1)
    acting.texts(ana)
    assert said(acting, answers(acting, ana, "answer:3")) == "I hear you."


def test_a_limit_is_told_though_the_worker_ends_before_it_settles(acting: Acting, ana: str) -> None:
    for _ in range(10):
        acting.texts(ana)
    answers(acting, ana)
    acting.texts(ana)
    acting.trouble.make("*/PrepareOutboundMessage", "loses the answer", times=1)
    assert isinstance(answers(acting, ana, "answer:2"), Later)
    assert said(acting, answers(acting, ana, "answer:2", attempt=2)) == LIMITED


# -- the gate ---------------------------------------------------------------------------------


@pytest.fixture
def gated(acting: Acting) -> Acting:
    acting.rules = replace(acting.rules, free_answers=1)
    return acting


def test_the_first_answers_are_free_and_then_comes_the_invitation(gated: Acting, ana: str) -> None:
    gated.texts(ana)
    assert "I hear you." in said(gated, answers(gated, ana))
    gated.texts(ana)
    body = said(gated, answers(gated, ana, "answer:2"))
    assert "subscribe here: http" in body
    assert "988" in body
    assert gated.unanswered(ana) == []


def test_no_free_answers_at_all(acting: Acting, ana: str) -> None:
    acting.rules = replace(acting.rules, free_answers=0)
    acting.texts(ana)
    assert "subscribe here" in said(acting, answers(acting, ana))
    assert acting.agent.turns == []


def test_an_open_gate_asks_billing_nothing(acting: Acting, ana: str) -> None:
    acting.rules = replace(acting.rules, gated=False, free_answers=0)
    acting.trouble.make("/billing.*", "refuses")
    acting.texts(ana)
    assert "I hear you." in said(acting, answers(acting, ana))


def pages(acting: Acting) -> list[Any]:
    """Checkout pages that Stripe has made."""
    found: list[Any] = acting.stripe.object("checkout/sessions?limit=100")["data"]
    return found


def test_one_invitation_a_day(gated: Acting, ana: str) -> None:
    gated.rules = replace(gated.rules, free_answers=0)
    gated.texts(ana)
    first = to_send(answers(gated, ana))
    gated.texts(ana, "hello?")
    assert to_send(answers(gated, ana, "answer:2")) == first, "stored once for its key"
    assert gated.unanswered(ana) == []
    gated.wait(days=1)
    gated.texts(ana)
    assert to_send(answers(gated, ana, "answer:3")).key != first.key
    assert len(pages(gated)) == 2


def test_an_invitation_survives_a_crash_before_it_settles(gated: Acting, ana: str) -> None:
    """Prepared and not asked to be sent: the texts count as answered, and the job runs again."""
    gated.rules = replace(gated.rules, free_answers=0)
    gated.texts(ana)
    accepted = gated.clock.now()
    first = to_send(answers(gated, ana, accepted_time=accepted))
    gated.wait(hours=7)  # past midnight in UTC
    assert to_send(answers(gated, ana, attempt=2, accepted_time=accepted)) == first


def test_an_invitation_that_never_went_out_is_made_anew(gated: Acting, ana: str) -> None:
    gated.rules = replace(gated.rules, free_answers=0)
    gated.texts(ana)
    first = to_send(answers(gated, ana))
    expired = first.payload.send_answer.message_id
    outcome = answers(gated, ana, f"expired:{expired}", expired=expired)
    assert to_send(outcome).key != first.key
    goes_out(gated, outcome)
    assert len(gated.provider.received(ANA)) == 1
    assert len(pages(gated)) == 1, "its page is still open"


def test_an_invitation_that_a_stop_held_back_is_made_anew_after_a_start(
    gated: Acting, ana: str
) -> None:
    gated.rules = replace(gated.rules, free_answers=0)
    for key in ("answer:1", "answer:2"):
        gated.texts(ana)
        held_back = gated.message(to_send(answers(gated, ana, key)))
        gated.consents(ana, OUT)
        assert gated.sends(held_back) == Done("withheld: opted out")
        gated.texts(ana, "hello?")
        assert answers(gated, ana, f"{key}:out") == Done("opted out")
        gated.wait(seconds=1)
        gated.consents(ana, IN)
    gated.texts(ana)
    last = answers(gated, ana, "answer:3")
    goes_out(gated, last)
    gated.texts(ana)
    assert to_send(answers(gated, ana, "answer:4")) == to_send(last)
    assert len(gated.provider.received(ANA)) == 1
    assert len(pages(gated)) == 1


@pytest.mark.parametrize("free_answers", [0, 5])
def test_for_a_number_that_is_never_texted_again_neither_stripe_nor_the_model_is_asked(
    gated: Acting, free_answers: int
) -> None:
    gated.rules = replace(gated.rules, free_answers=free_answers)
    erased = gated.person(BO)
    gated.act(lambda ctx: ctx.identity.delete_user(erased, suppress_number=True))
    back = gated.person(BO)
    for count in range(3):
        gated.texts(back)
        assert answers(gated, back, f"answer:{count}") == Done("opted out before")
    assert gated.unanswered(back) == []
    assert (pages(gated), gated.agent.turns) == ([], [])
    gated.consents(back, IN)
    gated.texts(back)
    to_send(answers(gated, back, "answer:3"))


def pays(acting: Acting, user_id: str, status: str = "active") -> Any:
    """Ids at Stripe of the person's subscription, as billing knows it."""
    paid = acting.stripe.subscribe(ANA)
    acting.stripe.act(paid["subscription"], "set", fields={"status": status})
    now = acting.stripe.object(f"subscriptions/{paid['subscription']}")["created"]
    acting.wait(seconds=now - int(acting.clock.now().timestamp()))

    async def link(ctx: Context) -> None:
        await ctx.billing.sync(paid["customer"])
        await ctx.billing.link(user_id, paid["customer"])

    acting.act(link)
    return paid


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("hi, how are you?", "You can set it right here: http"),
        ("hola, estoy muy cansada hoy", "Puedes arreglarlo aqui: http"),
    ],
)
def test_who_has_a_subscription_without_access_is_sent_to_mend_it(
    gated: Acting, ana: str, text: str, words: str
) -> None:
    gated.rules = replace(gated.rules, free_answers=0)
    paid = pays(gated, ana, "unpaid")
    gated.texts(ana, text)
    body = said(gated, answers(gated, ana))
    assert words in body
    assert "/portal/" in body
    assert [page["id"] for page in pages(gated)] == [paid["session"]], "no second one is sold"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("hi, how are you?", "We will be in touch"),
        ("hola, estoy muy cansada hoy", "Te escribiremos"),
    ],
)
def test_who_is_to_mend_a_payment_is_told_so_where_stripe_gives_no_page_and_operators_hear_of_it(
    gated: Acting, ana: str, text: str, words: str
) -> None:
    gated.rules = replace(gated.rules, free_answers=0)
    pays(gated, ana, "unpaid")
    gated.stripe.fault("fail", "/v1/billing_portal/sessions", status=400)
    gated.texts(ana, text)
    first = answers(gated, ana)
    assert words in said(gated, first)
    assert "http" not in said(gated, first)
    gated.texts(ana, text)
    assert to_send(answers(gated, ana, "answer:2")) == to_send(first), "once a day"
    assert gated.unanswered(ana) == []
    [alert] = gated.enqueued
    told = alert.payload.alert_operators
    assert (told.reason, told.subject) == ("CUSTOMER_PORTAL_STRIPE_MISCONFIGURED", ana)
    assert alert.key.endswith(f":{gated.clock.now():%Y-%m-%d}"), "once a day, whoever it was"
    gated.stripe.control("faults", "DELETE")
    gated.wait(days=1)
    gated.texts(ana, text)
    assert "/portal/" in said(gated, answers(gated, ana, "answer:3"))


def test_stripe_that_is_away_for_a_moment_is_no_reason_to_give_no_page(
    gated: Acting, ana: str
) -> None:
    gated.rules = replace(gated.rules, free_answers=0)
    pays(gated, ana, "unpaid")
    gated.stripe.fault("fail", "/v1/billing_portal/sessions", status=500, times=1)
    gated.texts(ana)
    assert isinstance(answers(gated, ana), Later)
    assert "/portal/" in said(gated, answers(gated, ana, attempt=2))
    assert gated.enqueued == []


def test_the_page_that_was_texted_stays_open_for_whoever_writes_again(
    gated: Acting, ana: str
) -> None:
    """Also in the other half of the day, in which another page would be made."""
    gated.rules = replace(gated.rules, free_answers=0)
    gated.wait(hours=34 - gated.clock.now().hour)
    for number in range(2):
        gated.texts(ana)
        answers(gated, ana, f"answer:{number}")
        gated.wait(hours=4)
    assert [page["status"] for page in pages(gated)] == ["open"]


def test_who_is_invited_in_spanish_wrote_in_spanish(gated: Acting, ana: str) -> None:
    gated.rules = replace(gated.rules, free_answers=0)
    gated.texts(ana, "hola, estoy muy cansada hoy")
    assert "suscribete aqui: http" in said(gated, answers(gated, ana))


def test_who_has_paid_a_moment_ago_is_answered_though_no_event_has_come(
    gated: Acting, ana: str
) -> None:
    gated.rules = replace(gated.rules, free_answers=0)
    paid = pays(gated, ana, "unpaid")
    gated.stripe.act(paid["subscription"], "set", fields={"status": "active"})
    gated.texts(ana)
    assert answers(gated, ana) == Later(answer_sms.AT_ONCE, "ACCESS_BEGAN")
    assert "I hear you." in said(gated, answers(gated, ana, attempt=2))


@pytest.mark.parametrize("as_who", ["a new customer", "a customer before"])
def test_who_has_followed_the_link_of_the_day_is_answered_though_no_event_has_come(
    gated: Acting, ana: str, as_who: str
) -> None:
    gated.rules = replace(gated.rules, free_answers=0)
    unpaid = pays(gated, ana, "unpaid") if as_who == "a customer before" else None
    gated.texts(ana)
    goes_out(gated, answers(gated, ana))
    if unpaid is not None:
        gated.stripe.act(unpaid["subscription"], "set", fields={"status": "active"})
    else:
        [page] = pages(gated)
        address = f"{gated.stripe.url}/sandbox/checkout/{page['id']}"
        urlopen(Request(address, b"", method="POST"), timeout=10).close()
    gated.texts(ana, "done, are you there?")
    assert answers(gated, ana, "answer:2") == Later(answer_sms.AT_ONCE, "ACCESS_BEGAN")
    assert "I hear you." in said(gated, answers(gated, ana, "answer:2", attempt=2))


def after_stripe_was_away(acting: Acting, user_id: str, **fault: Any) -> Outcome:
    """What a text to which Stripe has no answer for five minutes ends in, once it is back. Until
    then the person is told once, and the text waits."""
    acting.stripe.fault("fail", "*", **fault)
    job = {"key": "answer:2", "user_id": user_id}
    waiting = acting.unanswered(user_id)
    end = acting.clock.now() + timedelta(minutes=5)
    told = set()
    while acting.clock.now() < end:
        outcome = answers(acting, **job)
        assert acting.unanswered(user_id) == waiting
        if isinstance(outcome, Later):
            assert outcome.reason == "STRIPE_AWAY"
            acting.clock.advance(outcome.delay)
            continue
        assert isinstance(outcome, Done)
        again, notice = outcome.follow_ups
        told.add(notice.key)
        assert notice.payload.send_notice.notice == Notice.NOTICE_DELAY
        assert again.key != job["key"]
        assert again.run_time is not None
        assert again.run_time <= acting.clock.now() + LOOK_AGAIN_WITHIN
        job["key"] = again.key
        acting.clock.advance(again.run_time - acting.clock.now())
    assert len(told) == 1
    acting.stripe.control("faults", "DELETE")
    outcome = answers(acting, **job)
    return answers(acting, **job, attempt=2) if isinstance(outcome, Later) else outcome


@pytest.mark.parametrize("status", [401, 503])
def test_who_has_paid_while_stripe_is_away_waits_and_is_answered_once_it_is_back(
    gated: Acting, ana: str, status: int
) -> None:
    """No event has come, and nobody can be asked: a paid person is not locked out."""
    gated.rules = replace(gated.rules, free_answers=0)
    gated.texts(ana)
    goes_out(gated, answers(gated, ana))
    [page] = pages(gated)
    address = f"{gated.stripe.url}/sandbox/checkout/{page['id']}"
    urlopen(Request(address, b"", method="POST"), timeout=10).close()
    gated.texts(ana, "done, are you there?")
    assert "I hear you." in said(gated, after_stripe_was_away(gated, ana, status=status))


def test_who_has_not_paid_is_invited_once_stripe_is_back_and_not_twice_a_day(
    gated: Acting, ana: str
) -> None:
    gated.rules = replace(gated.rules, free_answers=0)
    gated.texts(ana)
    first = after_stripe_was_away(gated, ana, status=500)
    assert "subscribe here" in said(gated, first)
    gated.texts(ana, "hello?")
    assert to_send(after_stripe_was_away(gated, ana, status=500)) == to_send(first)
    assert gated.unanswered(ana) == []


@pytest.mark.parametrize("how", ["refuses", "is overloaded"])
def test_billing_that_is_away_is_no_closed_gate_and_costs_no_attempt(
    gated: Acting, ana: str, how: How
) -> None:
    gated.texts(ana)
    gated.trouble.make("*/GetAccess", how)
    assert isinstance(answers(gated, ana), Later)
    assert gated.unanswered(ana) == ["hi"]


def test_a_person_with_access_is_answered(gated: Acting, ana: str) -> None:
    gated.rules = replace(gated.rules, free_answers=0)
    pays(gated, ana)
    gated.texts(ana)
    assert "I hear you." in said(gated, answers(gated, ana))


# -- what the model costs ----------------------------------------------------------------------


def spend(databases: Databases, *, everybody: bool, user_id: str) -> None:
    """All tokens of the day are spent: the person's, or everybody's."""
    with psycopg.connect(databases["conversation"].admin) as admin:
        if everybody:
            admin.execute("INSERT INTO conversation.model_days VALUES ('2026-11-23', 0, 20000000)")
        else:
            admin.execute(
                "INSERT INTO conversation.model_uses (request_key, user_id, day, tokens)"
                " VALUES ('k', %s, '2026-11-23', 500000)",
                [user_id],
            )


@pytest.mark.parametrize("everybody", [True, False])
def test_when_the_days_tokens_are_spent_the_rules_answer_with_the_crisis_line(
    acting: Acting, ana: str, databases: Databases, everybody: bool
) -> None:
    acting.texts(ana, "I can't sleep")
    spend(databases, everybody=everybody, user_id=ana)
    body = said(acting, answers(acting, ana))
    assert acting.agent.turns == [], "the model was not asked"
    assert "night" in body
    assert "988" in body
    [alert] = acting.enqueued
    about = "2026-11-23" if everybody else f"{ana}:2026-11-23"
    word = "spent" if everybody else "spent-by-person"
    assert alert.key == f"alert:model-tokens-{word}:{about}"


def test_what_an_answer_has_cost_is_written_down_once_for_the_attempt(
    acting: Acting, ana: str, databases: Databases
) -> None:
    acting.texts(ana)
    acting.agent.tokens = 70
    acting.agent.words = None
    assert isinstance(answers(acting, ana, token="1#1"), Retry)
    acting.agent.words = "I hear you."
    acting.trouble.make("*/PrepareOutboundMessage", "refuses", times=1)
    assert isinstance(answers(acting, ana, token="1#2"), Later)
    answers(acting, ana, token="1#3")
    with psycopg.connect(databases["conversation"].admin) as admin:
        rows = admin.execute(
            "SELECT request_key, tokens FROM conversation.model_uses ORDER BY request_key"
        ).fetchall()
    assert rows == [("answer:1#1", 70), ("answer:1#2", 70), ("answer:1#3", 70)]


def test_what_the_model_cost_counts_though_a_tool_found_its_service_away(
    acting: Acting, ana: str
) -> None:
    acting.texts(ana)
    acting.agent.tokens = 500_000
    acting.agent.does = lambda deeds: deeds.update_profile({"first_name": "Ana"})
    acting.trouble.make("*/UpdateProfile", "refuses", times=1)
    assert isinstance(answers(acting, ana), Later), "which costs no attempt"
    answers(acting, ana)
    assert len(acting.agent.turns) == 1, "the day's tokens are spent"


def test_an_answer_is_not_held_up_by_its_bill(acting: Acting, ana: str) -> None:
    acting.texts(ana)
    acting.agent.tokens = 70
    acting.trouble.make("*/RecordModelUse", "refuses")
    assert said(acting, answers(acting, ana)).startswith("I hear you.")


def test_a_conversation_of_the_version_before_is_waited_for_and_costs_no_attempt(
    acting: Acting, ana: str
) -> None:
    acting.texts(ana)
    acting.trouble.make("*/OpenTurn", "is unknown", times=1)
    assert isinstance(answers(acting, ana), Later)
    assert said(acting, answers(acting, ana)) == "I hear you." + FIRST_ANSWER
