"""A text whose handset was away (30003): once more, later, unless it has lost its sense."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from protos.conversation.v1 import conversation_pb2 as conversation
from protos.jobs.v1.payloads_pb2 import ProcessSmsStatus, ResendText
from protos.profile.v1 import profile_pb2 as profile
from services.jobs.carrier import NotSent
from services.jobs.workflows import process_sms_status, resend_text
from services.jobs.workflows.notices import SORRY_FOR_THE_DELAY
from services.jobs.workflows.outcome import Bury, Done, FollowUp, Later, Outcome, Retry
from services.jobs.workflows.process_sms_status import LATE_RETRY_AFTER
from services.jobs.workflows.transcript import lines_of
from tests.jobs.workflows.acting import ANA, ANSWER, OUT, Acting, at, done, stamp

KINDS = conversation.MessageKind
NOTICE, CRISIS_REPLY = KINDS.MESSAGE_KIND_NOTICE, KINDS.MESSAGE_KIND_CRISIS_REPLY
PROACTIVE = KINDS.MESSAGE_KIND_PROACTIVE
LATE = SORRY_FOR_THE_DELAY + "hello"


@pytest.fixture
def ana(acting: Acting) -> str:
    return acting.person()


def reports(acting: Acting, sid: str, word: str = "undelivered") -> Outcome:
    status = ProcessSmsStatus(message_sid=sid, status=word, error_code="30003")
    return acting.run(process_sms_status.run, status)


def sent(
    acting: Acting, user_id: str, kind: conversation.MessageKind.ValueType, key: str = "lost"
) -> conversation.Message:
    message = acting.act(lambda ctx: ctx.conversation.prepare(user_id, key, "hello", kind))
    assert acting.sends(message) == Done("accepted")
    return message


def lost(
    acting: Acting,
    user_id: str,
    kind: conversation.MessageKind.ValueType = ANSWER,
    key: str = "lost",
) -> FollowUp:
    """The late retry of a text that did not reach its handset."""
    message = sent(acting, user_id, kind, key)
    alert = f"alert:crisis-reply-undelivered:{message.message_id}"
    alerts = [alert] if kind == CRISIS_REPLY else []
    reported = done(reports(acting, "SM1"), f"late-retry:{message.message_id}", *alerts)
    assert reports(acting, "SM1", "failed") == reported, "the same job, however often it is told"
    return reported.follow_ups[0]


def retries(acting: Acting, retry: FollowUp) -> Outcome:
    payload: ResendText = retry.payload.resend_text
    return acting.run(resend_text.run, payload, key=retry.key)


def writes(acting: Acting, user_id: str) -> None:
    acting.act(lambda ctx: ctx.profile.record_inbound(user_id, acting.clock.now()))


@pytest.mark.parametrize(
    ("kind", "body", "validity"),
    [(ANSWER, LATE, timedelta(minutes=10)), (NOTICE, "hello", None), (PROACTIVE, "hello", None)],
)
def test_a_text_whose_handset_was_away_is_sent_once_more(
    acting: Acting,
    ana: str,
    kind: conversation.MessageKind.ValueType,
    body: str,
    validity: timedelta | None,
) -> None:
    retry = lost(acting, ana, kind)
    assert retry.run_time == acting.clock.now() + LATE_RETRY_AFTER
    acting.clock.advance(LATE_RETRY_AFTER)
    assert retries(acting, retry) == Done("accepted")
    assert retries(acting, retry) == Done("settled before")
    assert acting.provider.received(ANA) == ["hello", body]
    assert acting.provider.texts[1].validity == validity


def test_so_is_a_text_of_which_only_the_provider_knew_after_a_restore(
    acting: Acting, ana: str
) -> None:
    told = conversation.SentText(
        provider_sid="SM1x", body="hello", status="sent", sent_time=stamp(acting.clock.now())
    )
    request = conversation.RestoreSentTextsRequest(user_id=ana, texts=[told])
    acting.act(lambda ctx: ctx.conversation._stub.RestoreSentTexts(request))
    reported = reports(acting, "SM1x")
    assert isinstance(reported, Done)
    acting.clock.advance(LATE_RETRY_AFTER)
    assert retries(acting, reported.follow_ups[0]) == Done("accepted")


def test_a_late_retry_that_is_lost_too_is_not_tried_again(acting: Acting, ana: str) -> None:
    retry = lost(acting, ana)
    retries(acting, retry)
    assert reports(acting, "SM2") == Done("recorded")
    assert reports(acting, "SM1") == Done("recorded", (retry,)), "by its key it is done"


@pytest.mark.parametrize("kind", [ANSWER, CRISIS_REPLY])
def test_a_text_that_arrived_after_all_is_not_tried_again(
    acting: Acting, ana: str, kind: conversation.MessageKind.ValueType
) -> None:
    sent(acting, ana, kind)
    delivered = ProcessSmsStatus(message_sid="SM1", status="delivered")
    assert acting.run(process_sms_status.run, delivered) == Done("recorded")
    assert reports(acting, "SM1") == Done("recorded")


@pytest.mark.parametrize(
    ("kind", "happens", "result"),
    [
        (ANSWER, lambda acting, ana: acting.consents(ana, OUT), "no consent"),
        (NOTICE, lambda acting, ana: acting.consents(ana, OUT), "no consent"),
        (CRISIS_REPLY, lambda acting, ana: acting.consents(ana, OUT), "no consent"),
        (NOTICE, Acting.mark, "number unreachable: 30006"),
        (ANSWER, writes, "wrote since"),
        (NOTICE, writes, "wrote since"),
        (ANSWER, lambda acting, ana: acting.wait(minutes=31), "stale"),
        (NOTICE, lambda acting, ana: acting.wait(hours=24), "stale"),
        (
            ANSWER,
            lambda acting, ana: acting.act(lambda ctx: ctx.conversation.delete(ana)),
            "no such text",
        ),
    ],
)
def test_a_late_retry_that_has_lost_its_sense_is_left(
    acting: Acting,
    ana: str,
    kind: conversation.MessageKind.ValueType,
    happens: Callable[[Acting, str], object],
    result: str,
) -> None:
    retry = lost(acting, ana, kind)
    acting.clock.advance(LATE_RETRY_AFTER)
    happens(acting, ana)
    assert retries(acting, retry) == Done(result)
    assert len(acting.provider.texts) == 1


@pytest.mark.parametrize(
    ("key", "result"),
    [
        ("check-in:1", "held"),
        ("check-in-held:1", "held"),
        ("reactivate:1", "held"),
        ("crisis-follow-up:1", "accepted"),
        ("operator-text:1", "accepted"),
    ],
)
def test_a_late_retry_interrupts_nobody_who_holds_the_conversation(
    acting: Acting, ana: str, key: str, result: str
) -> None:
    writes(acting, ana)  # so there is a profile
    retry = lost(acting, ana, PROACTIVE, key)
    acting.clock.advance(LATE_RETRY_AFTER)
    until = stamp(acting.clock.now() + timedelta(hours=1))
    request = profile.HoldAssistantRequest(user_id=ana, until=until)
    acting.act(lambda ctx: ctx.profile._stub.HoldAssistant(request))
    assert retries(acting, retry) == Done(result)


@pytest.mark.parametrize("gate", ["GIVES_WAY_TO_A_CRISIS", "NO_CONSENT", "WROTE_SINCE", "STALE"])
def test_a_late_retry_that_failed_asks_every_gate_anew_and_the_ledger_says_which_was_closed(
    acting: Acting, ana: str, gate: str
) -> None:
    retry = lost(acting, ana, PROACTIVE, "check-in:1")
    acting.clock.advance(LATE_RETRY_AFTER)
    acting.provider.next.append(NotSent("TWILIO_20429"))
    assert retries(acting, retry) == Retry("TWILIO_20429")
    match gate:
        case "GIVES_WAY_TO_A_CRISIS":
            kind, now = profile.CrisisKind.CRISIS_KIND_ABUSE, stamp(acting.clock.now())
            acting.act(lambda ctx: ctx.profile.record_crisis(ana, kind, now, "SM9"))
        case "NO_CONSENT":
            acting.consents(ana, OUT)
        case "WROTE_SINCE":
            writes(acting, ana)
        case _:
            acting.wait(days=1)
    assert isinstance(retries(acting, retry), Done)
    assert len(acting.provider.texts) == 1
    again = acting.act(lambda ctx: ctx.conversation.find_prepared(retry.key))
    assert again is not None
    assert acting.ledger(again.message_id) == ("WITHHELD", "", gate)


def test_a_late_retry_that_mixes_two_people_up_texts_neither(acting: Acting, ana: str) -> None:
    retry = lost(acting, ana)
    retry.payload.resend_text.user_id = acting.person("+12025550102")
    assert retries(acting, retry) == Bury("TEXT_OF_ANOTHER_PERSON")
    assert len(acting.provider.texts) == 1


def test_a_crisis_reply_is_sent_once_more_though_the_person_wrote_since(
    acting: Acting, ana: str
) -> None:
    retry = lost(acting, ana, CRISIS_REPLY)
    acting.clock.advance(LATE_RETRY_AFTER)
    writes(acting, ana)
    assert retries(acting, retry) == Done("accepted")
    assert acting.provider.received(ANA) == ["hello", "hello"]


def test_the_assistant_reads_of_what_the_person_got_and_not_of_what_was_lost(
    acting: Acting, ana: str
) -> None:
    retries(acting, lost(acting, ana))
    said = acting.act(lambda ctx: ctx.conversation.get(ana))
    assert (len(said.recent_messages), said.answer_count) == (2, 1), "it is no second answer"
    assert [line.text for line in lines_of(said.recent_messages)] == [LATE]


def test_a_text_that_we_started_is_not_tried_again_at_night(acting: Acting, ana: str) -> None:
    acting.clock.advance(at(2026, 11, 24, 0, 50) - acting.clock.now())  # ten to eight in New York
    retry = lost(acting, ana, PROACTIVE)
    acting.clock.advance(LATE_RETRY_AFTER)
    deferred = retries(acting, retry)
    assert deferred == Later(timedelta(hours=12, minutes=40), "QUIET_HOURS")
    assert len(acting.provider.texts) == 1
    acting.wait(hours=12, minutes=40)
    assert retries(acting, retry) == Done("accepted")
