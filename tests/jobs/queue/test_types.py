"""The table of types says what the design says."""

from __future__ import annotations

from datetime import timedelta

import pytest

from protos.jobs.v1.payloads_pb2 import JobPayload
from services.jobs.backoff import LONGEST, backoff
from services.jobs.settlement import Claimed, Retry, Wait, code_of, verdict_of
from services.jobs.types import JOB_TYPES, SENDING


def test_every_payload_has_its_type_and_every_type_its_payload() -> None:
    assert set(JOB_TYPES) == {field.name for field in JobPayload.DESCRIPTOR.fields}


# type: priority, lease in seconds, attempts, age in seconds, class of slots
TABLE = {
    "process_inbound_sms": (0, 15, None, 86_400, "urgent"),
    "send_crisis_reply": (0, 30, None, 86_400, "urgent"),
    "record_crisis": (0, 15, None, 86_400, "urgent"),
    "record_inbound": (0, 15, None, 86_400, "urgent"),
    "record_crisis_reply": (0, 15, None, 86_400, "urgent"),
    "answer_sms": (1, 45, 3, 120, "answers"),
    "send_answer": (1, 30, None, 600, "rest"),
    "send_notice": (2, 30, None, 86_400, "rest"),
    "send_operator_text": (1, 30, None, 86_400, "rest"),
    "resend_text": (2, 30, None, 86_400, "rest"),
    "process_sms_status": (2, 15, None, 86_400, "rest"),
    "process_stripe_event": (1, 30, None, 259_200, "rest"),
    "follow_up_crisis": (2, 30, None, 86_400, "rest"),
    "send_check_in": (2, 30, None, 259_200, "rest"),
    "reactivate": (2, 30, None, 259_200, "rest"),
    "record_access": (2, 30, None, 259_200, "rest"),
    "summarize_conversation": (3, 60, None, 86_400, "answers"),
    "alert_operators": (0, 30, None, 86_400, "urgent"),
    "sweep_check_ins": (3, 300, None, 300, "rest"),
    "prune": (3, 300, None, 3600, "rest"),
    "expire_assessments": (3, 300, None, 600, "rest"),
    "reconcile_twilio": (3, 300, None, 180, "rest"),
    "reconcile_stripe": (3, 300, None, 180, "rest"),
    "advance_journeys": (3, 300, None, 3_600, "rest"),
    "sweep_reactivations": (3, 300, None, 3_600, "rest"),
    "erase_user": (1, 300, None, 259_200, "rest"),
    "probe": (2, 30, 3, 259_200, "rest"),
}


@pytest.mark.parametrize("name", TABLE)
def test_each_type_is_as_the_design_has_it(name: str) -> None:
    found = JOB_TYPES[name]
    assert (
        found.priority,
        found.lease.total_seconds(),
        found.give_up.attempts,
        found.give_up.age.total_seconds(),
        found.slot_class,
    ) == TABLE[name]


def test_waits_double_from_two_seconds_to_an_hour() -> None:
    waits = [backoff(attempt, 0.5).total_seconds() for attempt in (0, 1, 2, 3, 10, 11, 12, 500)]
    assert waits == [2, 2, 4, 8, 1024, 2048, 3600, 3600]


def test_no_pause_of_what_people_write_and_pay_grows_beyond_five_minutes() -> None:
    """A STOP that met an outage is obeyed soon after it, and who paid meanwhile has access soon
    after it; what others do may wait an hour."""
    for name, longest in (
        ("process_inbound_sms", timedelta(minutes=5)),
        ("record_crisis", timedelta(minutes=5)),
        ("process_stripe_event", timedelta(minutes=5)),
        ("send_notice", LONGEST),
    ):
        tired = Claimed(name, 20, timedelta(0), cancel_requested=False)
        assert verdict_of(Retry("X"), tired, 0.5) == Wait(longest, 0, "X", failed=True)


@pytest.mark.parametrize("attempt", [1, 5, 6, 20])
def test_however_often_an_answer_is_tried_again_it_goes_before_the_persons_next_one(
    attempt: int,
) -> None:
    """The sixth wait is that of a provider which has been too busy for half a minute."""
    verdict = verdict_of(
        Retry("TWILIO_20429"),
        Claimed("send_answer", attempt, timedelta(0), cancel_requested=False),
        0.999,
    )
    assert isinstance(verdict, Wait)
    assert verdict.stays


def test_waits_are_spread_by_a_fifth_and_never_over_an_hour() -> None:
    assert backoff(3, 0) == timedelta(seconds=6.4)
    assert timedelta(seconds=9.5) < backoff(3, 0.999) < timedelta(seconds=9.6)
    assert backoff(50, 0.999) == LONGEST


@pytest.mark.parametrize(
    ("reason", "kept"),
    [
        ("HTTP_503", "HTTP_503"),
        ("twilio.base.TwilioRestException", "twilio.base.TwilioRestException"),
        ("21610", "UNCLASSIFIED"),
        ("CODE_21610", "CODE_21610"),
        ("NUMBER_12025550101", "UNCLASSIFIED"),
        ("the number is wrong", "UNCLASSIFIED"),
        ("", "UNCLASSIFIED"),
        ("x" * 101, "UNCLASSIFIED"),
    ],
)
def test_a_reason_is_kept_only_if_it_is_a_code(reason: str, kept: str) -> None:
    assert code_of(reason) == kept


def test_what_sends_texts_is_stopped_together_and_never_the_crisis_path() -> None:
    assert set(SENDING) <= set(JOB_TYPES)
    assert not any(JOB_TYPES[name].crisis_path for name in SENDING)
