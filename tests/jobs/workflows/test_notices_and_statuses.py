"""Fixed texts that reply to what a person did, statuses of what we sent, and alarms."""

from __future__ import annotations

import hashlib
from typing import Any

import grpc
import pytest

from protos.jobs.v1.payloads_pb2 import (
    AlertOperators,
    AnswerSms,
    InboundCrisisKind,
    JobPayload,
    Notice,
    ProcessSmsStatus,
    RecordCrisisReply,
    SendNotice,
)
from services.jobs.carrier import NotSent
from services.jobs.job_type import SpentJob
from services.jobs.types import JOB_TYPES
from services.jobs.workflows import (
    alert_operators,
    process_sms_status,
    record_crisis_reply,
    send_notice,
)
from services.jobs.workflows.context import Told
from services.jobs.workflows.notices import NOTICES
from services.jobs.workflows.outcome import Bury, Done, Outcome, Retry
from services.jobs.workflows.send_crisis_reply import ledger_key
from tests.jobs.workflows.acting import ANA, IN, OUT, Acting, done

APOLOGY = Notice.NOTICE_APOLOGY
DELAY = Notice.NOTICE_DELAY
SUICIDE = InboundCrisisKind.INBOUND_CRISIS_KIND_SUICIDE
CONFIRMATION = Notice.NOTICE_OPT_OUT_CONFIRMATION


@pytest.fixture
def ana(acting: Acting) -> str:
    return acting.person()


def notifies(
    acting: Acting, user_id: str, which: Notice.ValueType, key: str = "notice:1"
) -> Outcome:
    return acting.run(send_notice.run, SendNotice(user_id=user_id, notice=which), key=key)


@pytest.mark.parametrize("which", sorted(set(NOTICES) - {APOLOGY, DELAY}))
def test_a_notice_goes_out_once(acting: Acting, ana: str, which: Notice.ValueType) -> None:
    assert notifies(acting, ana, which) == Done("accepted")
    assert notifies(acting, ana, which) == Done("settled before")
    assert acting.provider.received(ANA) == [NOTICES[which]]


def test_after_an_opt_out_only_its_confirmation_goes_out(acting: Acting, ana: str) -> None:
    acting.consents(ana, OUT)
    for which in NOTICES:
        acting.texts(ana)
        notifies(acting, ana, which, f"notice:{which}")
    assert acting.provider.received(ANA) == [NOTICES[CONFIRMATION]]


def test_an_apology_answers_every_text_that_waits(acting: Acting, ana: str) -> None:
    acting.texts(ana)
    acting.texts(ana)
    assert notifies(acting, ana, APOLOGY) == Done("accepted")
    assert acting.unanswered(ana) == []


def test_an_apology_with_nothing_to_apologise_for_is_not_sent(acting: Acting, ana: str) -> None:
    assert notifies(acting, ana, APOLOGY) == Done("nothing to answer")
    assert acting.provider.texts == []


def test_a_delay_is_told_once_and_leaves_what_waits_to_be_answered(
    acting: Acting, ana: str
) -> None:
    acting.texts(ana)
    assert notifies(acting, ana, DELAY) == Done("accepted")
    assert notifies(acting, ana, DELAY) == Done("settled before")
    assert acting.provider.received(ANA) == [NOTICES[DELAY]]
    assert acting.unanswered(ana) == ["hi"]


@pytest.mark.parametrize("prepared", [False, True])
def test_a_delay_that_is_over_is_not_told(acting: Acting, ana: str, prepared: bool) -> None:
    text = acting.texts(ana)
    if prepared:
        acting.provider.next.append(NotSent("ClientConnectorError"))
        assert isinstance(notifies(acting, ana, DELAY), Retry)
    acting.prepared(ana, answers=[text])
    assert notifies(acting, ana, DELAY) == Done("answered meanwhile")
    assert acting.provider.texts == []


def test_an_apology_is_for_an_answer_that_never_left_too(acting: Acting, ana: str) -> None:
    """Its time ran out, and whoever was to answer anew never came to it either."""
    text = acting.texts(ana)
    expired = acting.prepared(ana, answers=[text]).message_id
    job = JobPayload(answer_sms=AnswerSms(user_id=ana, expired_message_id=expired))
    [spent] = JOB_TYPES["answer_sms"].when_spent(SpentJob(1, "expired:1", "answer_sms", job))
    apology = spent.payload.send_notice
    assert acting.run(send_notice.run, apology, key=spent.key) == Done("accepted")
    assert acting.run(send_notice.run, apology, key=spent.key) == Done("settled before")
    assert acting.provider.received(ANA) == [NOTICES[APOLOGY]]
    assert acting.ledger(expired)[0] == "EXPIRED"


def test_an_apology_survives_a_crash_before_it_was_sent(acting: Acting, ana: str) -> None:
    acting.texts(ana)
    acting.trouble.make("*/PrepareOutboundMessage", "loses the answer", times=1)
    with pytest.raises(grpc.aio.AioRpcError):
        notifies(acting, ana, APOLOGY)
    assert notifies(acting, ana, APOLOGY) == Done("accepted")


def test_a_notice_of_a_newer_version_is_looked_at_by_a_person(acting: Acting, ana: str) -> None:
    assert isinstance(notifies(acting, ana, 77), Bury)  # type: ignore[arg-type]


# -- statuses ---------------------------------------------------------------------------------


ALERTED = [
    f"alert-to:{name}:{hashlib.sha256(b'job-1').hexdigest()}"
    for name in ("webhook", "phone-1-0111")
]


def status(acting: Acting, word: str, sid: str = "SM1", **fields: Any) -> Outcome:
    payload = ProcessSmsStatus(message_sid=sid, status=word, **fields)
    return acting.run(process_sms_status.run, payload)


def test_a_status_is_recorded_by_our_id_or_the_providers(acting: Acting, ana: str) -> None:
    message_id = acting.prepared(ana).message_id
    assert status(acting, "sent", message_id=message_id) == Done("recorded")
    assert status(acting, "delivered") == Done("recorded")
    assert acting.ledger(message_id) == ("DELIVERED", "SM1", "")


def test_a_status_of_an_unknown_text_is_done(acting: Acting) -> None:
    unknown = "00000000-0000-7000-8000-000000000000"
    assert status(acting, "sent", message_id=unknown) == Done("unknown text")
    assert status(acting, "sent") == Done("unknown text")


def test_an_opt_out_on_delivery_counts_from_the_sending(acting: Acting, ana: str) -> None:
    message = acting.prepared(ana)
    acting.sends(message)
    acting.wait(minutes=1)
    assert status(acting, "undelivered", error_code="21610") == Done("recorded")
    assert acting.profile(ana).sms_consent == OUT
    acting.consents(ana, IN)
    status(acting, "undelivered", error_code="21610")
    assert acting.profile(ana).sms_consent == IN, "it speaks of the time before"


def test_an_opt_out_on_delivery_of_a_text_that_went_out_without_the_ledger_counts(
    acting: Acting, ana: str
) -> None:
    """A crisis reply: nobody began to send it as far as the ledger knows."""
    said = RecordCrisisReply(message_sid="SM1x", sender=ANA, kind=SUICIDE, provider_sid="SM1")
    acting.run(record_crisis_reply.run, said)
    found = acting.act(lambda ctx: ctx.conversation.find_prepared(ledger_key("SM1x")))
    assert found is not None
    assert not found.HasField("begin_time")
    acting.wait(minutes=1)
    status(acting, "undelivered", error_code="21610")
    assert acting.profile(ana).sms_consent == OUT
    acting.consents(ana, IN)
    assert acting.profile(ana).sms_consent == IN


@pytest.mark.parametrize("code", ["30005", "30006", "30007"])
def test_a_text_that_is_not_delivered_is_recorded_by_its_code_and_stops_nothing(
    acting: Acting, ana: str, code: str
) -> None:
    message = acting.prepared(ana)
    acting.sends(message)
    assert status(acting, "undelivered", error_code=code) == Done("recorded")
    assert acting.ledger(message.message_id) == ("UNDELIVERED", "SM1", code)
    assert acting.sends(message) == Done("settled before")
    assert (acting.stopped, acting.enqueued, len(acting.provider.texts)) == ({}, [], 1)


@pytest.mark.parametrize(("code", "dead"), [("30005", True), ("30006", True), ("30003", False)])
def test_a_number_that_the_carrier_calls_dead_is_marked_as_of_the_sending(
    acting: Acting, ana: str, code: str, dead: bool
) -> None:
    began = acting.clock.now()
    acting.sends(acting.prepared(ana))
    acting.wait(minutes=5)
    for _ in range(2):
        status(acting, "undelivered", error_code=code)
        assert acting.unreachable(ana) == ((code, began) if dead else None)


def test_a_status_about_a_person_who_is_gone_is_done(acting: Acting, ana: str) -> None:
    acting.sends(acting.prepared(ana))
    acting.act(lambda ctx: ctx.identity.delete_user(ana, suppress_number=False))
    assert status(acting, "undelivered", error_code="30006") == Done("recorded")


@pytest.mark.parametrize("code", ["30003", "30007", "21610"])
def test_operators_hear_of_a_crisis_reply_that_did_not_arrive(
    acting: Acting, ana: str, code: str
) -> None:
    said = RecordCrisisReply(message_sid="SM1x", sender=ANA, kind=SUICIDE, provider_sid="SM1")
    acting.run(record_crisis_reply.run, said)
    assert status(acting, "sent") == Done("recorded")
    found = acting.act(lambda ctx: ctx.conversation.find_prepared(ledger_key("SM1x")))
    assert found is not None
    once_more = [f"late-retry:{found.message_id}"] if code == "30003" else []
    told = f"alert:crisis-reply-undelivered:{found.message_id}"
    done(status(acting, "undelivered", error_code=code), *once_more, told)


def test_a_number_that_is_not_registered_stops_all_and_operators_hear_of_it_once(
    acting: Acting, ana: str
) -> None:
    """30034 is only told after the provider has taken a text."""
    for number in (1, 2):
        acting.sends(acting.prepared(ana))
        assert status(acting, "undelivered", f"SM{number}", error_code="30034") == Done("recorded")
        acting.wait(minutes=1)
    assert set(acting.stopped) == {"TWILIO_30034"}
    assert {each.key for each in acting.enqueued} == {
        "alert:sends-stopped-30034:2026-11-23T18:00:00Z"
    }


def test_what_was_sent_before_operators_resumed_does_not_stop_all_again(
    acting: Acting, ana: str
) -> None:
    late, later = acting.prepared(ana), acting.prepared(ana)
    acting.sends(late)
    acting.wait(hours=1)
    acting.resumed = acting.clock.now()
    assert status(acting, "undelivered", "SM1", error_code="30034") == Done("recorded")
    assert (acting.stopped, acting.enqueued) == ({}, [])
    acting.wait(minutes=1)
    acting.sends(later)
    assert status(acting, "undelivered", "SM2", error_code="30034") == Done("recorded")
    assert set(acting.stopped) == {"TWILIO_30034"}


# -- alarms -----------------------------------------------------------------------------------


def test_each_of_those_who_are_to_hear_of_it_is_told_by_a_job_of_their_own(acting: Acting) -> None:
    alert = AlertOperators(reason="CRISIS_OPTED_OUT", subject="17")
    jobs = done(acting.run(alert_operators.run, alert), *ALERTED).follow_ups
    assert acting.alarm.told == []
    acting.alarm.fates = {"webhook": Told.FAILED}
    webhook, phone = (each.payload.alert_operators for each in jobs)
    assert acting.run(alert_operators.run, webhook) == Retry("ALARM_FAILED")
    assert acting.run(alert_operators.run, phone) == Done("told")
    acting.alarm.fates.clear()
    assert acting.run(alert_operators.run, webhook) == Done("told")
    to_webhook = "webhook: CRISIS_OPTED_OUT 17"
    assert acting.alarm.told == [to_webhook, "phone-1-0111: CRISIS_OPTED_OUT 17", to_webhook]


def test_of_many_dead_letters_of_a_type_operators_hear_once_an_hour_and_of_each_crisis(
    acting: Acting,
) -> None:
    """An outage buries thousands at once: as many texts would stand before the crisis replies."""

    def jobs(reason: str) -> set[str]:
        keys = set()
        for number in range(3):
            alert = AlertOperators(reason=reason, subject=f"{number}")
            told = acting.run(alert_operators.run, alert, key=f"alert:{reason}:{number}")
            assert isinstance(told, Done)
            keys |= {each.key for each in told.follow_ups}
        return keys

    first = jobs("DEAD_LETTER_PROBE")
    assert len(first) == 2, "one for each who is told"
    assert not first & jobs("DEAD_LETTER_RECORD_CRISIS")
    acting.wait(hours=1)
    assert not first & jobs("DEAD_LETTER_PROBE")
    assert len(jobs("CRISIS_OPTED_OUT")) == 2 * 3


def test_a_number_that_is_never_texted_is_a_dead_letter(acting: Acting) -> None:
    acting.alarm.fates = {"phone-1-0111": Told.REFUSED, "phone-2-0112": Told.GONE}
    alert = AlertOperators(reason="X", subject="1", recipient="phone-1-0111")
    assert acting.run(alert_operators.run, alert) == Bury("ALARM_REFUSED")
    alert.recipient = "phone-2-0112"
    assert acting.run(alert_operators.run, alert) == Done("not configured any more")
