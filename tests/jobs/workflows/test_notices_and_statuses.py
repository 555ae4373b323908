"""Fixed texts that reply to what a person did, statuses of what we sent, and alarms."""

from __future__ import annotations

from typing import Any

import grpc
import pytest

from protos.jobs.v1.payloads_pb2 import (
    AlertOperators,
    InboundCrisisKind,
    Notice,
    ProcessSmsStatus,
    RecordCrisisReply,
    SendNotice,
)
from services.jobs.workflows import (
    alert_operators,
    process_sms_status,
    record_crisis_reply,
    send_notice,
)
from services.jobs.workflows.notices import NOTICES
from services.jobs.workflows.outcome import Bury, Done, Outcome, Retry
from services.jobs.workflows.send_crisis_reply import ledger_key
from tests.jobs.workflows.acting import ANA, IN, OUT, Acting

APOLOGY = Notice.NOTICE_APOLOGY
SUICIDE = InboundCrisisKind.INBOUND_CRISIS_KIND_SUICIDE
CONFIRMATION = Notice.NOTICE_OPT_OUT_CONFIRMATION


@pytest.fixture
def ana(acting: Acting) -> str:
    return acting.person()


def notifies(
    acting: Acting, user_id: str, which: Notice.ValueType, key: str = "notice:1"
) -> Outcome:
    return acting.run(send_notice.run, SendNotice(user_id=user_id, notice=which), key=key)


@pytest.mark.parametrize("which", sorted(set(NOTICES) - {APOLOGY}))
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


def test_an_apology_survives_a_crash_before_it_was_sent(acting: Acting, ana: str) -> None:
    acting.texts(ana)
    acting.trouble.make("*/PrepareOutboundMessage", "loses the answer", times=1)
    with pytest.raises(grpc.aio.AioRpcError):
        notifies(acting, ana, APOLOGY)
    assert notifies(acting, ana, APOLOGY) == Done("accepted")


def test_a_notice_of_a_newer_version_is_looked_at_by_a_person(acting: Acting, ana: str) -> None:
    assert isinstance(notifies(acting, ana, 77), Bury)  # type: ignore[arg-type]


# -- statuses ---------------------------------------------------------------------------------


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


# -- alarms -----------------------------------------------------------------------------------


def test_an_alarm_is_raised_and_tried_again_where_it_reached_nobody(acting: Acting) -> None:
    alert = AlertOperators(reason="DEAD_LETTER_PROBE", subject="17")
    assert acting.run(alert_operators.run, alert) == Done("told")
    acting.alarm.failing = ["webhook", "phones"]
    assert acting.run(alert_operators.run, alert) == Retry("ALARM_WEBHOOK_PHONES")
    assert acting.alarm.raised == [("DEAD_LETTER_PROBE", "17")] * 2
