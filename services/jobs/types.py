"""The one table of job types: lane, priority, lease, give-up rule, and what follows from giving up.

A type's name is the name of its field in JobPayload. Callers set key, payload and run time; all
else about a job follows from here.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from types import MappingProxyType
from typing import Final

from kit.ids import parse_uuid
from kit.refusals import InvalidArgument
from protos.jobs.v1.payloads_pb2 import JobPayload
from services.jobs.backoff import LONGEST
from services.jobs.job_type import LONGEST_AGE, LONGEST_LEASE, LONGEST_STAY, GiveUp, JobType
from services.jobs.operator_text import check_operator_text
from services.jobs.spent import alert, answer_anew, apologise

SOON_AFTER_AN_OUTAGE: Final = timedelta(minutes=5)
"""Once a service or a provider is back, nobody's STOP, and nobody who has paid, waits out the hour
to which an outage lets pauses grow."""

_DAY: Final = timedelta(hours=24)
_LONGEST_LANE_ID: Final = 100


def _lane(prefix: str, field: str = "user_id") -> Callable[[JobPayload], str]:
    """A lane for each one whom payloads name in `field`. It raises InvalidArgument for nobody."""

    def lane(payload: JobPayload) -> str:
        kind = str(payload.WhichOneof("type"))
        owner: str = getattr(getattr(payload, kind), field)
        if not 1 <= len(owner) <= _LONGEST_LANE_ID:
            raise InvalidArgument(
                f"job.payload.{kind}.{field}", f"must have 1 to {_LONGEST_LANE_ID} characters"
            )
        return f"{prefix}:{owner}"

    return lane


_customer_lane = _lane("customer", "stripe_customer_id")


def _customer(payload: JobPayload) -> str | None:
    """None for an event that names no customer."""
    named = payload.process_stripe_event.stripe_customer_id
    return _customer_lane(payload) if named else None


def _check_erasure(payload: JobPayload) -> None:
    """A mistyped id would look taken, and be buried."""
    parse_uuid(payload.erase_user.user_id, "job.payload.erase_user.user_id")


def _check_check_in(payload: JobPayload) -> None:
    """The same of one that an operator asks for."""
    if payload.send_check_in.requested:
        parse_uuid(payload.send_check_in.user_id, "job.payload.send_check_in.user_id")


def _urgent(name: str, lease: int, *, enqueued_by: str = "", alerts: bool = True) -> JobType:
    return JobType(
        name,
        priority=0,
        lease=timedelta(seconds=lease),
        give_up=GiveUp(age=_DAY),
        # Not so for operators: they may be reached each time without our learning of it.
        longest_pause=SOON_AFTER_AN_OUTAGE if alerts else LONGEST,
        when_spent=alert if alerts else lambda job: (),
        slot_class="urgent",
        enqueued_by=frozenset({enqueued_by} - {""}),
        crisis_path=True,
    )


def _nothing_more(payload: JobPayload) -> None:
    """Any payload will do."""


def _started(
    name: str, *, check: Callable[[JobPayload], None] = _nothing_more, operator: bool = False
) -> JobType:
    """A text that we start, one after the other for a person: each sees the one before it.

    Waiting for the morning and for a day without a text may take longer than a day.
    """
    return JobType(
        name,
        priority=2,
        lease=timedelta(seconds=30),
        give_up=GiveUp(age=timedelta(hours=72)),
        lane=_lane("proactive"),
        check=check,
        operator=operator,
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
        lane=_lane("person"),
        when_spent=apologise,
        slot_class="answers",
    ),
    JobType(
        "send_answer",
        priority=1,
        lease=timedelta(seconds=30),
        give_up=GiveUp(age=timedelta(minutes=10)),
        # It keeps its place: the person's next answer must not go out before this one.
        longest_pause=LONGEST_STAY,
        lane=_lane("send"),
        when_spent=answer_anew,
        # Too late to be an answer, it is left for one that says sorry.
        expires=True,
    ),
    _quiet("send_notice", 30),
    JobType(
        "send_operator_text",
        priority=1,
        lease=timedelta(seconds=30),
        give_up=GiveUp(age=_DAY),
        lane=_lane("send"),
        check=check_operator_text,
        when_spent=alert,
        operator=True,
    ),
    JobType(
        "resend_text",
        priority=2,
        lease=timedelta(seconds=30),
        give_up=GiveUp(age=_DAY),
        lane=_lane("send"),
    ),
    _quiet("process_sms_status", 15, enqueued_by="gateway"),
    JobType(
        "process_stripe_event",
        priority=1,
        lease=timedelta(seconds=30),
        give_up=GiveUp(age=timedelta(hours=72)),
        longest_pause=SOON_AFTER_AN_OUTAGE,
        lane=_customer,
        when_spent=alert,
        enqueued_by=frozenset({"gateway"}),
        operator=True,
    ),
    # Months after the event that planned it, and in its lane: who subscribes anew meanwhile has it.
    JobType(
        "record_access",
        priority=2,
        lease=timedelta(seconds=30),
        give_up=GiveUp(age=timedelta(hours=72)),
        longest_pause=SOON_AFTER_AN_OUTAGE,
        lane=_lane("customer", "stripe_customer_id"),
    ),
    # It waits for the model as answers do, and must not fill the places of others.
    JobType(
        "summarize_conversation",
        priority=3,
        lease=timedelta(seconds=60),
        give_up=GiveUp(age=_DAY),
        lane=_lane("summary"),
        slot_class="answers",
    ),
    JobType(
        "erase_user",
        priority=1,
        lease=LONGEST_LEASE,
        give_up=GiveUp(age=LONGEST_AGE),
        lane=_lane("person"),
        check=_check_erasure,
        when_spent=alert,
        operator=True,
    ),
    _quiet("follow_up_crisis", 30),
    _started("send_check_in", check=_check_check_in, operator=True),
    _started("reactivate"),
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
