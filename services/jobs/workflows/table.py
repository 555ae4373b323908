"""Which workflow runs for which job type."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from types import MappingProxyType
from typing import Any, Final

from services.jobs.workflows import (
    advance_journeys,
    alert_operators,
    answer_sms,
    erase_user,
    expire_assessments,
    follow_up_crisis,
    probe,
    process_inbound_sms,
    process_sms_status,
    process_stripe_event,
    prune,
    reactivate,
    reconcile_stripe,
    reconcile_twilio,
    record_access,
    record_crisis,
    record_crisis_reply,
    record_inbound,
    resend_text,
    send_answer,
    send_check_in,
    send_crisis_reply,
    send_notice,
    send_operator_text,
    summarize_conversation,
    sweep_check_ins,
    sweep_reactivations,
)
from services.jobs.workflows.context import Context
from services.jobs.workflows.outcome import Outcome

Workflow = Callable[[Any, Context], Awaitable[Outcome]]

WORKFLOWS: Final = MappingProxyType[str, Workflow](
    {
        "process_inbound_sms": process_inbound_sms.run,
        "send_crisis_reply": send_crisis_reply.run,
        "record_crisis": record_crisis.run,
        "record_inbound": record_inbound.run,
        "record_crisis_reply": record_crisis_reply.run,
        "answer_sms": answer_sms.run,
        "send_answer": send_answer.run,
        "send_notice": send_notice.run,
        "send_operator_text": send_operator_text.run,
        "resend_text": resend_text.run,
        "process_sms_status": process_sms_status.run,
        "process_stripe_event": process_stripe_event.run,
        "record_access": record_access.run,
        "follow_up_crisis": follow_up_crisis.run,
        "send_check_in": send_check_in.run,
        "summarize_conversation": summarize_conversation.run,
        "erase_user": erase_user.run,
        "sweep_check_ins": sweep_check_ins.run,
        "expire_assessments": expire_assessments.run,
        "reconcile_twilio": reconcile_twilio.run,
        "reconcile_stripe": reconcile_stripe.run,
        "advance_journeys": advance_journeys.run,
        "sweep_reactivations": sweep_reactivations.run,
        "reactivate": reactivate.run,
        "alert_operators": alert_operators.run,
        "prune": prune.run,
        "probe": probe.run,
    }
)
"""Every type of types.JOB_TYPES has one."""
