"""The reply to a crisis text: the provider is all it needs; two of them are better than none."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from prometheus_client import REGISTRY

from protos.jobs.v1.payloads_pb2 import (
    InboundCrisisKind,
    RecordCrisis,
    RecordCrisisReply,
    SendCrisisReply,
)
from services.jobs.carrier import AccountRefused, NotSent, Refused
from services.jobs.safety.replies import crisis_reply
from services.jobs.workflows import record_crisis, record_crisis_reply, send_crisis_reply
from services.jobs.workflows.context import Context
from services.jobs.workflows.outcome import Done, FollowUp, Outcome, Retry
from services.jobs.workflows.send_crisis_reply import ledger_key
from tests.jobs.workflows.acting import ANA, IN, OUT, Acting, done, stamp
from tests.jobs.workflows.provider import Text

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("unhurried_ledger")]

SUICIDE = InboundCrisisKind.INBOUND_CRISIS_KIND_SUICIDE
BODY = crisis_reply(SUICIDE, "en", ANA)
LEDGER_CALLS = [
    "EnsureUser",
    "RecordContact",
    "AdmitCrisisReply",
    "PrepareOutboundMessage",
    "BeginSend",
]
RECORDED = "crisis-reply-sent:SM1x"
PATIENCE = send_crisis_reply.LEDGER_PATIENCE


@pytest.fixture
def hurried(unhurried_ledger: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """No more time than people have."""
    monkeypatch.setattr(send_crisis_reply, "LEDGER_PATIENCE", PATIENCE)


def crisis(sid: str = "SM1x") -> SendCrisisReply:
    return SendCrisisReply(message_sid=sid, sender=ANA, kind=SUICIDE, language="en")


def replies(acting: Acting, sid: str = "SM1x", **job: Any) -> Outcome:
    """One attempt."""
    return acting.run(send_crisis_reply.run, crisis(sid), key=f"crisis-reply:{sid}", **job)


def is_written_down(acting: Acting, outcome: Outcome) -> None:
    """Runs what the outcome asks for."""
    assert isinstance(outcome, Done)
    for each in outcome.follow_ups:
        if each.payload.HasField("record_crisis_reply"):
            acting.run(record_crisis_reply.run, each.payload.record_crisis_reply, key=each.key)


def in_the_ledger(acting: Acting, sid: str = "SM1x") -> tuple[str, str, str] | None:
    found = acting.act(lambda ctx: ctx.conversation.find_prepared(ledger_key(sid)))
    return acting.ledger(found.message_id) if found else None


def test_it_goes_out_by_the_ledger_and_is_written_down(acting: Acting) -> None:
    outcome = done(replies(acting), RECORDED)
    assert outcome.result == "accepted"
    [text] = acting.provider.texts
    assert (text.to, text.body) == (ANA, BODY)
    assert text.message_id
    is_written_down(acting, outcome)
    assert in_the_ledger(acting) == ("ACCEPTED", "SM1", "")


def test_it_is_measured_how_long_it_took_since_the_text_was_stored(acting: Acting) -> None:
    def seconds() -> float:
        labels = {"source": "rules"}
        return REGISTRY.get_sample_value("respite_crisis_reply_seconds_sum", labels) or 0

    before = seconds()
    reply = crisis()
    reply.accepted_time.FromDatetime(acting.clock.now() - timedelta(seconds=7))
    acting.act(lambda ctx: send_crisis_reply.run(reply, ctx))
    assert seconds() - before == pytest.approx(7)


def test_it_has_no_time_limit_at_the_provider(acting: Acting) -> None:
    replies(acting)
    assert acting.provider.texts[0].validity is None


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("how", ["refuses", "hangs"])
@pytest.mark.parametrize("method", ["*", *(f"*/{name}" for name in LEDGER_CALLS)])
def test_no_service_holds_it_up(acting: Acting, method: str, how: Any) -> None:
    acting.trouble.make(method, how)
    begun = time.monotonic()
    outcome = done(replies(acting), RECORDED)
    assert time.monotonic() - begun < 3
    assert acting.provider.received(ANA) == [BODY]
    acting.trouble.clear()
    is_written_down(acting, outcome)
    assert in_the_ledger(acting) == ("ACCEPTED", "SM1", "")


def test_a_bug_in_asking_the_ledger_does_not_hold_it_up(acting: Acting) -> None:
    async def broken(ctx: Context) -> Outcome:
        def no_identity(*_: object) -> object:
            raise KeyError("a bug")

        object.__setattr__(ctx.identity, "ensure_user", no_identity)
        return await send_crisis_reply.run(crisis(), ctx)

    assert isinstance(acting.act(broken), Done)
    assert acting.provider.received(ANA) == [BODY]


def test_a_person_who_has_opted_out_is_not_texted_but_somebody_is_told(acting: Acting) -> None:
    acting.consents(acting.person(), OUT)
    done(replies(acting), "alert:crisis-opted-out:SM1x")
    assert acting.provider.texts == []


def test_a_number_that_is_never_texted_again_is_not_but_somebody_is_told(acting: Acting) -> None:
    erased = acting.person()
    acting.act(lambda ctx: ctx.identity.delete_user(erased, suppress_number=True))
    done(replies(acting), "alert:crisis-opted-out:SM1x")
    assert acting.provider.texts == []
    acting.consents(acting.person(), IN)
    done(replies(acting), RECORDED)


def test_a_person_who_is_back_is_texted(acting: Acting) -> None:
    user_id = acting.person()
    acting.consents(user_id, OUT)
    acting.wait(seconds=1)
    acting.consents(user_id, IN)
    done(replies(acting), RECORDED)


def test_a_repeat_after_it_was_written_down_sends_nothing(acting: Acting) -> None:
    is_written_down(acting, replies(acting))
    assert replies(acting, attempt=2) == Done("settled before")
    assert len(acting.provider.texts) == 1


@pytest.mark.parametrize("code", ["21610", "30006"])
def test_a_refusal_is_written_down_and_somebody_is_told(acting: Acting, code: str) -> None:
    acting.provider.next.append(Refused(code))
    outcome = done(replies(acting), RECORDED, "alert:crisis-reply-refused:SM1x")
    is_written_down(acting, outcome)
    assert in_the_ledger(acting) == ("FAILED", "", code)
    out = acting.profile(acting.person()).sms_consent == OUT
    assert out == (code == "21610")


def test_what_was_surely_not_sent_is_tried_again_soon_however_often(acting: Acting) -> None:
    for attempt in (1, 2, 5, 40):
        acting.provider.next.append(NotSent("TWILIO_20429", timedelta(minutes=5)))
        outcome = replies(acting, attempt=attempt)
        assert isinstance(outcome, Retry)
        assert outcome.delay is not None
        assert timedelta(0) < outcome.delay <= timedelta(seconds=30)
    done(replies(acting, attempt=41), RECORDED)
    assert acting.provider.asked == 0, "nothing had to be looked up"


def test_whoever_waits_for_it_for_a_minute_is_told_of_while_it_goes_on_trying(
    acting: Acting,
) -> None:
    """The line cannot reach them then; a person may."""
    stored = acting.clock.now()
    for seconds, told in ((0, []), (60, []), (61, ["alert:crisis-reply-waiting:SM1x"])):
        acting.clock.advance(stored + timedelta(seconds=seconds) - acting.clock.now())
        acting.provider.next.append(NotSent("TWILIO_20429"))
        outcome = replies(acting, attempt=1 + seconds, accepted_time=stored)
        assert isinstance(outcome, Retry)
        assert [each.key for each in acting.enqueued] == told


def test_operators_who_cannot_be_told_hold_it_up_no_longer(acting: Acting, hurried: None) -> None:
    async def hangs(follow_ups: Sequence[FollowUp]) -> None:
        await asyncio.sleep(3600)

    acting.provider.next.append(NotSent("TWILIO_20429"))
    stored = acting.clock.now() - timedelta(minutes=5)
    outcome = acting.act(
        lambda ctx: send_crisis_reply.run(crisis(), replace(ctx, enqueue=hangs)),
        attempt=9,
        accepted_time=stored,
    )
    assert isinstance(outcome, Retry)


def test_a_worker_that_was_too_slow_leaves_it_to_the_next_one_at_once(acting: Acting) -> None:
    """A pause of zero would leave it to the queue's own, which grow."""
    outcome = replies(acting, time_left=lambda: timedelta(seconds=1))
    assert outcome == Retry("NO_TIME_LEFT", send_crisis_reply.LOOK_AGAIN_AFTER)
    assert acting.provider.texts == []


def test_an_account_that_is_refused_stops_everybody_else_and_the_reply_goes_on_trying(
    acting: Acting,
) -> None:
    for attempt in (1, 2):
        acting.provider.next.append(AccountRefused("20003"))
        outcome = replies(acting, attempt=attempt)
        assert isinstance(outcome, Retry)
        assert outcome.reason == "TWILIO_20003"
        assert outcome.delay is not None
        assert outcome.delay <= timedelta(seconds=30)
    assert set(acting.stopped) == {"TWILIO_20003"}
    done(replies(acting, attempt=3), RECORDED)


def test_the_sixth_crisis_text_in_ten_minutes_is_recorded_and_not_answered(
    acting: Acting,
) -> None:
    user_id = acting.person()
    outcomes = []
    for number in range(6):
        text = RecordCrisis(
            message_sid=f"SM{number}x",
            sender=ANA,
            kind=SUICIDE,
            event_time=stamp(acting.clock.now()),
        )
        acting.run(record_crisis.run, text)
        outcomes.append(replies(acting, f"SM{number}x"))
        acting.wait(seconds=1)
    assert outcomes[-1] == Done("answered enough")
    assert acting.provider.received(ANA) == [BODY] * 5
    again = record_crisis.profile_kind(SUICIDE), text.event_time, text.message_sid
    episode = acting.act(lambda ctx: ctx.profile.record_crisis(user_id, *again))
    assert episode.text_count == 6
    acting.wait(seconds=600)
    done(replies(acting, "SM7x"), "crisis-reply-sent:SM7x")


@pytest.mark.usefixtures("hurried")
def test_a_count_that_cannot_be_read_holds_no_reply(acting: Acting) -> None:
    for number in range(6):
        replies(acting, f"SM{number}x")
    acting.trouble.make("*/AdmitCrisisReply", "hangs")
    done(replies(acting, "SM7x"), "crisis-reply-sent:SM7x")
    assert acting.provider.received(ANA) == [BODY] * 6


# -- unknown outcomes -------------------------------------------------------------------------


@pytest.mark.parametrize("ledger", ["whole", "away"])
def test_one_whose_answer_was_lost_is_found(acting: Acting, ledger: str) -> None:
    if ledger == "away":
        acting.trouble.make("*", "refuses")
    accepted = acting.clock.now()
    acting.provider.next.append("answer lost")
    assert isinstance(replies(acting, accepted_time=accepted), Retry)
    acting.wait(seconds=2)
    outcome = done(replies(acting, attempt=2, accepted_time=accepted), RECORDED)
    assert outcome.result == "found"
    acting.trouble.clear()
    is_written_down(acting, outcome)
    assert in_the_ledger(acting) == ("ACCEPTED", "SM1", "")
    assert acting.provider.received(ANA) == [BODY]


@pytest.mark.parametrize("ledger", ["whole", "away"])
def test_one_that_is_not_found_is_sent_again_after_ten_seconds(acting: Acting, ledger: str) -> None:
    if ledger == "away":
        acting.trouble.make("*", "refuses")
    accepted = acting.clock.now()
    acting.provider.next.append("text lost")
    assert isinstance(replies(acting, accepted_time=accepted), Retry)
    acting.wait(seconds=9)
    again = replies(acting, attempt=2, accepted_time=accepted)
    assert again == Retry("UNKNOWN_OUTCOME", timedelta(seconds=2))
    acting.wait(seconds=2)
    done(replies(acting, attempt=3, accepted_time=accepted), RECORDED)
    assert acting.provider.received(ANA) == [BODY]


def test_one_that_was_sent_without_the_ledger_is_looked_up_when_it_is_back(
    acting: Acting,
) -> None:
    accepted = acting.clock.now()
    acting.trouble.make("*", "refuses")
    acting.provider.next.append("answer lost")
    replies(acting, accepted_time=accepted)
    acting.trouble.clear()
    acting.wait(seconds=2)
    assert done(replies(acting, attempt=2, accepted_time=accepted), RECORDED).result == "found"
    assert acting.provider.received(ANA) == [BODY]


@pytest.mark.parametrize("ledger", ["whole", "away"])
def test_one_whose_worker_was_told_to_stop_while_it_was_sent_is_looked_up(
    acting: Acting, ledger: str
) -> None:
    """Its run without the ledger was cut off, and cost no attempt."""
    accepted = acting.clock.now()
    acting.trouble.make("*", "refuses")
    acting.provider.next.append("answer lost")
    assert isinstance(replies(acting, accepted_time=accepted), Retry)
    if ledger == "whole":
        acting.trouble.clear()
    acting.wait(seconds=2)
    again = replies(acting, attempt=1, repeated=True, accepted_time=accepted)
    assert done(again, RECORDED).result == "found"
    assert acting.provider.received(ANA) == [BODY]


def test_one_that_was_begun_without_the_ledger_is_finished_however_many_went_out(
    acting: Acting,
) -> None:
    """It was sent before it could be counted."""
    acting.trouble.make("*", "refuses")
    acting.provider.next.append("answer lost")
    replies(acting, "SM9x", accepted_time=acting.clock.now())
    acting.trouble.clear()
    for number in range(5):
        is_written_down(acting, replies(acting, f"SM{number}x"))
    outcome = replies(acting, "SM9x", attempt=1, repeated=True)
    assert done(outcome, "crisis-reply-sent:SM9x").result == "found"
    assert acting.provider.received(ANA) == [BODY] * 6


def test_a_provider_that_cannot_be_asked_does_not_hold_it_up_for_long(acting: Acting) -> None:
    acting.provider.next.append("text lost")
    replies(acting)
    acting.provider.away = True
    acting.wait(seconds=11)
    done(replies(acting, attempt=2), RECORDED)


def test_a_reply_to_another_text_with_the_same_words_is_not_taken_for_this_one(
    acting: Acting,
) -> None:
    is_written_down(acting, replies(acting, "SM1x"))
    acting.provider.next.append("text lost")
    replies(acting, "SM2x")
    acting.wait(seconds=11)
    done(replies(acting, "SM2x", attempt=2), "crisis-reply-sent:SM2x")
    assert acting.provider.received(ANA) == [BODY, BODY]


def test_clocks_that_differ_hide_no_reply(acting: Acting) -> None:
    acting.provider.ahead = timedelta(seconds=-45)
    acting.provider.next.append("answer lost")
    replies(acting)
    acting.wait(seconds=11)
    assert done(replies(acting, attempt=2), RECORDED).result == "found"


def test_a_status_post_that_came_meanwhile_keeps_it_from_being_sent_again(
    acting: Acting,
) -> None:
    acting.provider.next.append("answer lost")
    acting.provider.lag = timedelta(minutes=5)
    replies(acting)
    message_id = acting.provider.texts[0].message_id
    acting.wait(seconds=11)

    async def attempt(ctx: Context) -> Outcome:
        find = acting.provider.find

        async def find_then_hear(*args: Any) -> list[str] | None:
            found = await find(*args)
            await ctx.conversation.record_delivery(message_id, "SM1", "sent", "")
            return found

        object.__setattr__(
            ctx, "carrier", type("Lagging", (), {"find": staticmethod(find_then_hear)})
        )
        return await send_crisis_reply.run(crisis(), ctx)

    assert acting.act(attempt, attempt=2) == Done("settled before")
    assert acting.provider.received(ANA) == [BODY]


@pytest.mark.parametrize("ledger", ["whole", "away"])
def test_a_text_that_was_fetched_may_have_had_its_reply_before_a_restore(
    acting: Acting, ledger: str
) -> None:
    """Not one that was sent before it was written: that replied to another."""
    written = acting.clock.now()
    acting.provider.texts.append(Text("SM1", ANA, BODY, written, "", None))
    acting.wait(seconds=240)
    if ledger == "away":
        acting.trouble.make("*", "refuses")
    for sid, after, result in (("SM2x", 1, "accepted"), ("SM1x", 0, "found")):
        reply = crisis(sid)
        reply.sent_time.FromDatetime(written + timedelta(seconds=after))
        outcome = acting.run(send_crisis_reply.run, reply, key=f"crisis-reply:{sid}")
        assert done(outcome, f"crisis-reply-sent:{sid}").result == result
    assert acting.provider.received(ANA) == [BODY, BODY]


# -- written down after the fact --------------------------------------------------------------


def test_writing_it_down_twice_changes_nothing(acting: Acting) -> None:
    said = RecordCrisisReply(
        message_sid="SM1x", sender=ANA, kind=SUICIDE, language="en", provider_sid="SM9"
    )
    for _ in range(2):
        assert acting.run(record_crisis_reply.run, said) == Done("accepted")
    assert in_the_ledger(acting) == ("ACCEPTED", "SM9", "")


def test_an_id_that_belongs_to_another_text_is_not_taken(acting: Acting) -> None:
    said = RecordCrisisReply(
        message_sid="SM1x", sender=ANA, kind=SUICIDE, language="en", provider_sid="SM9"
    )
    acting.run(record_crisis_reply.run, said)
    said.message_sid = "SM2x"
    assert acting.run(record_crisis_reply.run, said) == Done("held by another text")
