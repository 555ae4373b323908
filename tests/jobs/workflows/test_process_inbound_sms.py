"""A text came in."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import grpc
import pytest

from protos.conversation.v1 import conversation_pb2 as conversation
from protos.jobs.v1.payloads_pb2 import InboundCrisisKind, ProcessInboundSms, RecordInbound
from services.jobs.workflows import process_inbound_sms, record_crisis, record_inbound
from services.jobs.workflows.outcome import Done, Later, Outcome
from tests.jobs.workflows.acting import ANA, IN, OUT, Acting, done, stamp

CRISIS = "I want to kill myself"


def comes_in(acting: Acting, body: str, sid: str = "SM1x", **more: Any) -> Outcome:
    fields: dict[str, Any] = {"sender": ANA, "message_sid": sid, "body": body}
    fields |= {
        name: more.pop(name) for name in ("opt_out_type", "sent_time", "sender") if name in more
    }
    text = ProcessInboundSms(**fields)
    return acting.run(process_inbound_sms.run, text, key=f"twilio:{sid}", **more)


def consent(acting: Acting) -> int:
    return acting.profile(acting.person()).sms_consent


def key_of_answer(acting: Acting) -> str:
    """Of the job that answers the one text that waits."""
    user_id = acting.person()
    [waiting] = acting.act(lambda ctx: ctx.conversation.unanswered(user_id))
    return f"answer:{waiting.message_id}"


def done_of(outcome: Outcome) -> Done:
    assert isinstance(outcome, Done)
    return outcome


def test_a_text_is_recorded_and_asks_for_an_answer(acting: Acting) -> None:
    outcome = comes_in(acting, "I am so tired")
    done(outcome, key_of_answer(acting))
    assert acting.unanswered(acting.person()) == ["I am so tired"]
    assert acting.profile(acting.person()).HasField("last_inbound_time")


@pytest.mark.parametrize("body", ["hello", "STOP", CRISIS])
def test_a_text_shows_that_a_number_works(acting: Acting, body: str) -> None:
    acting.mark(acting.person())
    acting.wait(seconds=1)
    for job in done_of(comes_in(acting, body)).follow_ups:
        if job.payload.HasField("record_inbound"):
            acting.run(record_inbound.run, job.payload.record_inbound)
    assert acting.unreachable(acting.person()) is None


def test_a_text_of_before_says_nothing_of_a_number(acting: Acting) -> None:
    """It was fetched late: what we learnt since then counts."""
    written = acting.clock.now()
    acting.wait(minutes=1)
    acting.mark(acting.person())
    acting.wait(minutes=1)
    comes_in(acting, "hello", sent_time=stamp(written))
    assert acting.unreachable(acting.person()) is not None


def test_a_crisis_calls_nobody(acting: Acting) -> None:
    acting.trouble.make("*", "refuses")
    outcome = comes_in(acting, CRISIS)
    done(outcome, "crisis-reply:SM1x", "crisis:SM1x", "inbound:SM1x")
    assert not acting.trouble.calls


def test_the_person_number_of_a_crisis_is_in_e164(acting: Acting) -> None:
    outcome = done(
        comes_in(acting, CRISIS, sender="(202) 555-0101"),
        "crisis-reply:SM1x",
        "crisis:SM1x",
        "inbound:SM1x",
    )
    reply, crisis, inbound = (each.payload for each in outcome.follow_ups)
    senders = {
        reply.send_crisis_reply.sender,
        crisis.record_crisis.sender,
        inbound.record_inbound.sender,
    }
    assert senders == {ANA}


@pytest.mark.parametrize("sender", ["12345", "RESPITE", "", "anonymous"])
def test_whoever_is_no_person_is_never_answered(acting: Acting, sender: str) -> None:
    assert comes_in(acting, "hello", sender=sender) == Done("not a person")
    assert comes_in(acting, CRISIS, sender=sender) == Done("not a person")


def test_a_text_is_dated_by_its_acceptance_or_by_the_provider_where_it_was_fetched(
    acting: Acting,
) -> None:
    accepted = acting.clock.now() - timedelta(minutes=5)
    comes_in(acting, "one", "SM1x", accepted_time=accepted)
    written = acting.clock.now() - timedelta(hours=2)
    comes_in(acting, "two", "SM2x", accepted_time=accepted, sent_time=stamp(written))
    assert acting.unanswered(acting.person()) == ["two", "one"]


@pytest.mark.parametrize(
    "method", ["EnsureUser", "RecordContact", "RecordInboundMessage", "SetSmsConsent"]
)
def test_a_stop_is_obeyed_and_confirmed_once_whatever_breaks(acting: Acting, method: str) -> None:
    acting.trouble.make(f"*/{method}", "loses the answer", times=1)
    with pytest.raises(grpc.aio.AioRpcError):
        comes_in(acting, "STOP")
    done(comes_in(acting, "STOP", attempt=2), "opt-out-confirmation:SM1x")
    assert consent(acting) == OUT
    assert acting.unanswered(acting.person()) == []


def test_a_second_stop_is_not_confirmed_again(acting: Acting) -> None:
    comes_in(acting, "STOP")
    acting.wait(seconds=5)
    done(comes_in(acting, "stop.", "SM2x"))


def test_where_the_provider_has_replied_we_do_not(acting: Acting) -> None:
    done(comes_in(acting, "Para", opt_out_type="STOP"))
    assert consent(acting) == OUT
    acting.wait(seconds=5)
    done(comes_in(acting, "Empezar", "SM2x", opt_out_type="START"))
    assert consent(acting) == IN
    done(comes_in(acting, "Ayuda", "SM3x", opt_out_type="HELP"))
    assert acting.unanswered(acting.person()) == []


def test_a_stop_that_overtook_a_start_wins(acting: Acting) -> None:
    start = acting.clock.now()
    acting.wait(minutes=5)
    comes_in(acting, "STOP", "SM2x")
    done(comes_in(acting, "START", "SM1x", sent_time=stamp(start), repeated=True))
    assert consent(acting) == OUT


@pytest.mark.parametrize("word", ["START", "yes"])
@pytest.mark.parametrize(("minutes", "after"), [(1, OUT), (60, OUT), (61, IN)])
def test_a_reconciled_start_never_undoes_a_stop_of_the_hour_before_it(
    acting: Acting, word: str, minutes: int, after: int
) -> None:
    comes_in(acting, "STOP", "SM1x")
    acting.wait(minutes=minutes)
    sent = stamp(acting.clock.now())
    acting.wait(minutes=4)
    comes_in(acting, word, "SM2x", sent_time=sent, repeated=True)
    assert consent(acting) == after


def test_a_start_that_was_fetched_together_with_a_stop_gives_way_whichever_is_begun_first(
    acting: Acting,
) -> None:
    stopped = acting.clock.now()
    acting.wait(seconds=1)
    started = acting.clock.now()
    acting.wait(minutes=4)
    first = comes_in(acting, "START", "SM2x", sent_time=stamp(started))
    assert first == Later(process_inbound_sms.AFTER_A_STOP, "A_STOP_FIRST")
    comes_in(acting, "STOP", "SM1x", sent_time=stamp(stopped))
    done(comes_in(acting, "START", "SM2x", sent_time=stamp(started), repeated=True))
    assert consent(acting) == OUT


def test_a_time_in_the_future_holds_nobody_out_until_then(acting: Acting) -> None:
    future = acting.clock.now() + timedelta(days=300)
    comes_in(acting, "STOP", sent_time=stamp(future))
    acting.wait(minutes=1)
    comes_in(acting, "START", "SM2x")
    assert consent(acting) == IN


def test_a_reconciled_stop_counts_like_any_other(acting: Acting) -> None:
    comes_in(acting, "START", "SM1x")
    acting.wait(minutes=1)
    comes_in(acting, "STOP", "SM2x", sent_time=stamp(acting.clock.now()))
    assert consent(acting) == OUT


def test_yes_is_an_answer_unless_the_person_is_out(acting: Acting) -> None:
    outcome = comes_in(acting, "yes", "SM1x")
    done(outcome, key_of_answer(acting))
    acting.wait(seconds=1)
    comes_in(acting, "STOP", "SM2x")
    acting.wait(seconds=1)
    done(comes_in(acting, "YES", "SM3x"), "opt-in-confirmation:SM3x")
    assert consent(acting) == IN


@pytest.mark.parametrize("method", ["RecordInboundMessage", "SetSmsConsent"])
def test_a_yes_that_brings_back_is_confirmed_once_whatever_breaks(
    acting: Acting, method: str
) -> None:
    """The run that is repeated finds the person in already."""
    comes_in(acting, "STOP", "SM1x")
    acting.wait(seconds=1)
    acting.trouble.make(f"*/{method}", "loses the answer", times=1)
    with pytest.raises(grpc.aio.AioRpcError):
        comes_in(acting, "YES", "SM2x")
    for attempt in (2, 3):
        done(comes_in(acting, "YES", "SM2x", attempt=attempt), "opt-in-confirmation:SM2x")
    assert consent(acting) == IN
    assert acting.unanswered(acting.person()) == []


def test_a_yes_that_answers_is_answered_however_often_it_is_read(acting: Acting) -> None:
    first = comes_in(acting, "yes")
    done(first, key_of_answer(acting))
    assert comes_in(acting, "yes", attempt=2) == first
    assert consent(acting) != IN


def test_help_is_answered_without_consent_or_model(acting: Acting) -> None:
    done(comes_in(acting, "help"), "help:SM1x")
    assert not any("GetProfile" in called for called in acting.trouble.calls)


def test_a_repeat_asks_for_the_same_once_more(acting: Acting) -> None:
    assert comes_in(acting, "hello") == comes_in(acting, "hello", attempt=2)
    assert acting.unanswered(acting.person()) == ["hello"]


# -- the records of a crisis ------------------------------------------------------------------


def test_a_crisis_text_is_recorded_as_answered_by_the_reply(acting: Acting) -> None:
    text = RecordInbound(
        message_sid="SM1x", sender=ANA, body=CRISIS, event_time=stamp(acting.clock.now())
    )
    for _ in range(2):
        assert acting.run(record_inbound.run, text) == Done("recorded")
    user_id = acting.person()
    said = acting.act(lambda ctx: ctx.conversation.get(user_id))
    assert [message.body for message in said.recent_messages] == [CRISIS]
    assert acting.unanswered(user_id) == []


def test_a_stop_that_the_provider_saw_in_a_crisis_text_counts(acting: Acting) -> None:
    text = RecordInbound(
        message_sid="SM1x",
        sender=ANA,
        body=CRISIS,
        opt_out_type="STOP",
        event_time=stamp(acting.clock.now()),
    )
    acting.run(record_inbound.run, text)
    assert consent(acting) == OUT


@pytest.mark.parametrize("kind", InboundCrisisKind.values())
def test_every_kind_of_crisis_has_a_name_in_profile(kind: Any) -> None:
    assert int(record_crisis.profile_kind(kind)) == int(kind)


def test_the_disposition_of_a_word_is_not_to_be_answered() -> None:
    assert process_inbound_sms._disposition(None) == conversation.Disposition.DISPOSITION_TO_ANSWER
