"""The one table of job types: lane, priority, lease, give-up rule, and what follows from giving up.

A type's name is the name of its field in JobPayload. Callers set key, payload and run time; all
else about a job follows from here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import Final, Literal

from kit.refusals import InvalidArgument
from protos.jobs.v1.jobs_pb2 import NewJob
from protos.jobs.v1.payloads_pb2 import (
    NOTICE_APOLOGY,
    AlertOperators,
    AnswerSms,
    JobPayload,
    SendNotice,
)
from services.jobs.backoff import LONGEST
from services.jobs.operator_text import check_operator_text

SlotClass = Literal["urgent", "answers", "rest"]

LONGEST_KEY: Final = 200
# Snoozes cost no attempt, so attempts alone would not bound a job.
LONGEST_AGE: Final = timedelta(hours=72)
# After so long without a heartbeat nobody runs a job any more.
LONGEST_LEASE: Final = timedelta(minutes=5)
_DAY: Final = timedelta(hours=24)
_LONGEST_LANE_ID: Final = 100


@dataclass(frozen=True, slots=True)
class GiveUp:
    """When a job is spent: after so many attempts, or so long after its first claim.

    attempts: None where only the age counts. Time before the first claim is no age.
    """

    attempts: int | None = None
    age: timedelta = LONGEST_AGE


@dataclass(frozen=True, slots=True)
class SpentJob:
    """A job that is being given up."""

    job_id: int
    key: str
    type: str
    payload: JobPayload


@dataclass(frozen=True, slots=True)
class JobType:
    """One kind of job.

    name: the field of JobPayload. priority: 0 is the most urgent, 3 the least. lease: how long a
    worker has before others may take the job. longest_pause: of the back-off between two attempts.
    lane: from the payload, None for no lane. check: raises InvalidArgument for a payload that must
    not be stored. when_spent: jobs to be stored in the transaction that buries one. slot_class:
    whose share of a worker's places it takes. enqueued_by: services that may enqueue it besides the
    workers. operator: whether an operator may. crisis_path: whether it stands between a person in a
    crisis and the reply to them, or those who must hear of it; to pause it takes a confirmation.
    """

    name: str
    priority: int
    lease: timedelta
    give_up: GiveUp
    longest_pause: timedelta = LONGEST
    lane: Callable[[JobPayload], str | None] = lambda payload: None
    check: Callable[[JobPayload], None] = lambda payload: None
    when_spent: Callable[[SpentJob], Sequence[NewJob]] = lambda job: ()
    slot_class: SlotClass = "rest"
    enqueued_by: frozenset[str] = frozenset()
    operator: bool = False
    crisis_path: bool = False


def derived_key(prefix: str, key: str) -> str:
    """The key of a job that follows from the job with `key`; a digest replaces one too long."""
    derived = f"{prefix}:{key}"
    if len(derived) <= LONGEST_KEY:
        return derived
    return f"{prefix}:sha256:{hashlib.sha256(key.encode()).hexdigest()}"


def _lane_of(prefix: str, field: str, owner: str) -> str:
    if not 1 <= len(owner) <= _LONGEST_LANE_ID:
        raise InvalidArgument(
            f"job.payload.{field}", f"must have 1 to {_LONGEST_LANE_ID} characters"
        )
    return f"{prefix}:{owner}"


def _person(payload: JobPayload) -> str:
    return _lane_of("person", "answer_sms.user_id", payload.answer_sms.user_id)


def _send(payload: JobPayload) -> str:
    return _lane_of("send", "send_answer.user_id", payload.send_answer.user_id)


def _operator_send(payload: JobPayload) -> str:
    return _lane_of("send", "send_operator_text.user_id", payload.send_operator_text.user_id)


def _resend(payload: JobPayload) -> str:
    return _lane_of("send", "resend_text.user_id", payload.resend_text.user_id)


def _customer(payload: JobPayload) -> str | None:
    customer = payload.process_stripe_event.stripe_customer_id
    if not customer:
        return None
    return _lane_of("customer", "process_stripe_event.stripe_customer_id", customer)


def _check_in(payload: JobPayload) -> str:
    return _lane_of("proactive", "send_check_in.user_id", payload.send_check_in.user_id)


def _reactivation(payload: JobPayload) -> str:
    return _lane_of("proactive", "reactivate.user_id", payload.reactivate.user_id)


def _summary(payload: JobPayload) -> str:
    user_id = payload.summarize_conversation.user_id
    return _lane_of("summary", "summarize_conversation.user_id", user_id)


def _erased_person(payload: JobPayload) -> str:
    return _lane_of("person", "erase_user.user_id", payload.erase_user.user_id)


def _alert(job: SpentJob) -> Sequence[NewJob]:
    """Tell the operators. The subject is the job's id: a key may hold the id of a person."""
    alert = AlertOperators(reason=f"DEAD_LETTER_{job.type.upper()}", subject=str(job.job_id))
    payload = JobPayload(alert_operators=alert)
    return (NewJob(key=derived_key("alert", job.key), payload=payload),)


def _apologise(job: SpentJob) -> Sequence[NewJob]:
    """Say that we could not answer, and who can: no failure that a person sees ends in silence."""
    failed = job.payload.answer_sms
    notice = SendNotice(
        user_id=failed.user_id,
        notice=NOTICE_APOLOGY,
        expired_message_id=failed.expired_message_id,
    )
    return (NewJob(key=derived_key("apology", job.key), payload=JobPayload(send_notice=notice)),)


def _answer_anew(job: SpentJob) -> Sequence[NewJob]:
    """An answer that never went out leaves its texts unanswered; the next one says sorry."""
    expired = job.payload.send_answer
    answer = AnswerSms(user_id=expired.user_id, expired_message_id=expired.message_id)
    key = derived_key("expired", expired.message_id)
    return (NewJob(key=key, payload=JobPayload(answer_sms=answer)),)


def _urgent(name: str, lease: int, *, enqueued_by: str = "", alerts: bool = True) -> JobType:
    return JobType(
        name,
        priority=0,
        lease=timedelta(seconds=lease),
        give_up=GiveUp(age=_DAY),
        # Once a service is back, nobody's STOP waits out the hour to which an outage lets pauses
        # grow. Not so for operators: they may be reached each time without our learning of it.
        longest_pause=timedelta(minutes=5) if alerts else LONGEST,
        when_spent=_alert if alerts else lambda job: (),
        slot_class="urgent",
        enqueued_by=frozenset({enqueued_by} - {""}),
        crisis_path=True,
    )


def _started(name: str, lane: Callable[[JobPayload], str]) -> JobType:
    """A text that we start, one after the other for a person: each sees the one before it.

    Waiting for the morning and for a day without a text may take longer than a day.
    """
    return JobType(
        name,
        priority=2,
        lease=timedelta(seconds=30),
        give_up=GiveUp(age=timedelta(hours=72)),
        lane=lane,
    )


def _quiet(name: str, lease: int, *, enqueued_by: str = "") -> JobType:
    return JobType(
        name,
        priority=2,
        lease=timedelta(seconds=lease),
        give_up=GiveUp(age=_DAY),
        enqueued_by=frozenset({enqueued_by} - {""}),
    )


def _sweep(name: str, every: timedelta) -> JobType:
    """A job of a schedule: one at a time, given up when its next tick is there."""
    return JobType(
        name,
        priority=3,
        lease=LONGEST_LEASE,
        give_up=GiveUp(age=every),
        lane=lambda payload: name,
    )


_TABLE: Final = (
    _urgent("process_inbound_sms", 15, enqueued_by="gateway"),
    _urgent("send_crisis_reply", 30),
    _urgent("record_crisis", 15),
    _urgent("record_inbound", 15),
    _urgent("record_crisis_reply", 15),
    JobType(
        "answer_sms",
        priority=1,
        lease=timedelta(seconds=45),
        give_up=GiveUp(attempts=3, age=timedelta(minutes=2)),
        lane=_person,
        when_spent=_apologise,
        slot_class="answers",
    ),
    JobType(
        "send_answer",
        priority=1,
        lease=timedelta(seconds=30),
        give_up=GiveUp(age=timedelta(minutes=10)),
        lane=_send,
        when_spent=_answer_anew,
    ),
    _quiet("send_notice", 30),
    JobType(
        "send_operator_text",
        priority=1,
        lease=timedelta(seconds=30),
        give_up=GiveUp(age=_DAY),
        lane=_operator_send,
        check=check_operator_text,
        when_spent=_alert,
        operator=True,
    ),
    JobType(
        "resend_text",
        priority=2,
        lease=timedelta(seconds=30),
        give_up=GiveUp(age=_DAY),
        lane=_resend,
    ),
    _quiet("process_sms_status", 15, enqueued_by="gateway"),
    JobType(
        "process_stripe_event",
        priority=1,
        lease=timedelta(seconds=30),
        give_up=GiveUp(age=timedelta(hours=72)),
        lane=_customer,
        when_spent=_alert,
        enqueued_by=frozenset({"gateway"}),
        operator=True,
    ),
    # It waits for the model as answers do, and must not fill the places of others.
    JobType(
        "summarize_conversation",
        priority=3,
        lease=timedelta(seconds=60),
        give_up=GiveUp(age=_DAY),
        lane=_summary,
        slot_class="answers",
    ),
    JobType(
        "erase_user",
        priority=1,
        lease=LONGEST_LEASE,
        give_up=GiveUp(age=LONGEST_AGE),
        lane=_erased_person,
        when_spent=_alert,
        operator=True,
    ),
    _quiet("follow_up_crisis", 30),
    _started("send_check_in", _check_in),
    _started("reactivate", _reactivation),
    # Whoever is told of every dead letter is not told of this one by the same way.
    _urgent("alert_operators", 30, alerts=False),
    _sweep("sweep_check_ins", timedelta(minutes=5)),
    _sweep("expire_assessments", timedelta(minutes=10)),
    _sweep("prune", timedelta(hours=1)),
    _sweep("reconcile_twilio", timedelta(minutes=3)),
    _sweep("reconcile_stripe", timedelta(minutes=3)),
    _sweep("advance_journeys", timedelta(hours=1)),
    _sweep("sweep_reactivations", timedelta(hours=1)),
    JobType(
        "probe",
        priority=2,
        lease=timedelta(seconds=30),
        give_up=GiveUp(attempts=3),
        operator=True,
    ),
)

JOB_TYPES: Final = MappingProxyType({job_type.name: job_type for job_type in _TABLE})
"""Every type by name. A name that is not here belongs to a newer version of this code."""

SENDING: Final = (
    "send_answer",
    "send_notice",
    "send_operator_text",
    "resend_text",
    "follow_up_crisis",
    "send_check_in",
    "reactivate",
)
"""Whatever sends texts to people, but the crisis path: paused together when nothing may leave."""
