"""Every job that a workflow asks for, with its key. One place, so that no two keys are spelt alike.

A key names the cause, never the attempt: whatever is asked for twice is stored once.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Final

from google.protobuf.timestamp_pb2 import Timestamp

from kit.wire import timestamp
from protos.billing.v1 import billing_pb2 as billing
from protos.conversation.v1 import conversation_pb2 as conversation
from protos.jobs.v1 import payloads_pb2 as payloads
from services.jobs.carrier.received import ReceivedText
from services.jobs.safety.crisis import Crisis
from services.jobs.workflows.outcome import FollowUp


def inbound_text(text: ReceivedText) -> FollowUp:
    """Have a text processed whose webhook may never have come; the key is the webhook's."""
    payload = payloads.ProcessInboundSms(
        message_sid=text.sid,
        account_sid=text.account_sid,
        sender=text.sender,
        recipient=text.recipient,
        body=text.body,
        media=[payloads.SmsMedia(url=m.url, content_type=m.content_type) for m in text.media],
        sent_time=timestamp(text.sent_time),
    )
    job = payloads.JobPayload(process_inbound_sms=payload)
    return FollowUp(inbound_key(text.sid), job, arrives=True)


def inbound_key(message_sid: str) -> str:
    """The key of the job that processes this text; the webhook's."""
    return f"twilio:{message_sid}"


def stripe_event(event: billing.StripeEvent) -> FollowUp:
    """Have an event processed whose webhook may never have come; the key is the webhook's."""
    payload = payloads.ProcessStripeEvent(
        event_id=event.event_id,
        event_type=event.event_type,
        stripe_customer_id=event.stripe_customer_id,
        user_id=event.user_id,
        phone_number=event.phone_number,
        stripe_charge_id=event.stripe_charge_id,
    )
    job = payloads.JobPayload(process_stripe_event=payload)
    return FollowUp(f"stripe:{event.event_id}", job, arrives=True)


def access_ends(job: payloads.RecordAccess, end: datetime) -> FollowUp:
    """Have profile told then whether the person still has access, once for the moment."""
    key = f"access-ends:{job.user_id}:{int(end.timestamp() * 1_000_000)}"
    return FollowUp(key, payloads.JobPayload(record_access=job), end)


def answer(message_id: str, user_id: str) -> FollowUp:
    """Have the person's unanswered texts answered, because of this one."""
    payload = payloads.AnswerSms(user_id=user_id)
    return FollowUp(f"answer:{message_id}", payloads.JobPayload(answer_sms=payload))


def look_again(parent: str, job: payloads.AnswerSms, run_time: datetime) -> FollowUp:
    """Have the person's unanswered texts looked at again then, in place of the job `parent`.

    The key is of one length however long the chain: a digest of the parent's.
    """
    return FollowUp(f"held:{_digest(parent)}", payloads.JobPayload(answer_sms=job), run_time)


ASKS_STRIPE_AGAIN: Final = "stripe-away:"
"""How the keys of these begin."""


def ask_stripe_again(parent: str, job: payloads.AnswerSms, run_time: datetime) -> FollowUp:
    """The same where Stripe could not be asked whether the person has paid."""
    key = f"{ASKS_STRIPE_AGAIN}{_digest(parent)}"
    return FollowUp(key, payloads.JobPayload(answer_sms=job), run_time)


_CHECK_IN = "check-in"
_REACTIVATION = "reactivate"


def start_later(
    parent: str, job: payloads.SendCheckIn | payloads.Reactivate, run_time: datetime
) -> FollowUp:
    """Have a text that we start asked for again then, in place of the job `parent`."""
    if isinstance(job, payloads.SendCheckIn):
        word, payload = _CHECK_IN, payloads.JobPayload(send_check_in=job)
    else:
        word, payload = _REACTIVATION, payloads.JobPayload(reactivate=job)
    return FollowUp(f"{word}-held:{_digest(parent)}", payload, run_time)


def gives_way(message: conversation.Message) -> bool:
    """Whether this is a text of ours that gives way to people behind the line: a check-in, or one
    that asks a silent person back. By its key, which is that of its job."""
    return message.request_key.startswith((_CHECK_IN, _REACTIVATION))


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def send_answer(message_id: str, user_id: str) -> FollowUp:
    """Send this prepared text."""
    payload = payloads.SendAnswer(user_id=user_id, message_id=message_id)
    return FollowUp(f"send:{message_id}", payloads.JobPayload(send_answer=payload))


def answer_anew(job: payloads.AnswerSms) -> FollowUp:
    """Have answered once more what the text that expired answered; see spent.py for the key."""
    key = f"expired:{job.expired_message_id}"
    return FollowUp(key, payloads.JobPayload(answer_sms=job))


_LATE_RETRY = "late-retry:"


def late_retry(message: conversation.Message, run_time: datetime) -> FollowUp:
    """Send this text once more then: its handset was away."""
    payload = payloads.ResendText(user_id=message.user_id, message_id=message.message_id)
    key = late_retry_key(message.message_id)
    return FollowUp(key, payloads.JobPayload(resend_text=payload), run_time)


def late_retry_key(message_id: str) -> str:
    """The key of the second try of this text, of its job and in the ledger."""
    return f"{_LATE_RETRY}{message_id}"


def is_late_retry(message: conversation.Message) -> bool:
    """Whether a text is such a second try itself."""
    return message.request_key.startswith(_LATE_RETRY)


def notice(cause: str, user_id: str, which: payloads.Notice.ValueType) -> FollowUp:
    """Send a fixed text. cause: what it replies to, a provider's id or a user id."""
    word = payloads.Notice.Name(which).removeprefix("NOTICE_").lower().replace("_", "-")
    payload = payloads.SendNotice(user_id=user_id, notice=which)
    return FollowUp(f"{word}:{cause}", payloads.JobPayload(send_notice=payload))


def summary(user_id: str, version: int, asked: datetime) -> FollowUp:
    """Bring the person's summary up to date, once a day for the version that is out of date."""
    payload = payloads.SummarizeConversation(user_id=user_id)
    return FollowUp(
        f"summary:{user_id}:{version}:{asked.date().isoformat()}",
        payloads.JobPayload(summarize_conversation=payload),
    )


def crisis_reply(
    message_sid: str,
    sender: str,
    crisis: Crisis,
    accepted_time: datetime,
    source: payloads.InboundCrisisSource.ValueType,
    sent_time: Timestamp | None = None,
) -> FollowUp:
    """Answer this crisis text, once whoever took it for one. accepted_time: when it was stored.

    sent_time: the provider's, where it was asked for the text.
    """
    payload = payloads.SendCrisisReply(
        message_sid=message_sid,
        sender=sender,
        kind=crisis.kind,
        language=crisis.language,
        accepted_time=timestamp(accepted_time),
        sent_time=sent_time,
        source=source,
    )
    return FollowUp(f"crisis-reply:{message_sid}", payloads.JobPayload(send_crisis_reply=payload))


def record_crisis(
    message_sid: str,
    sender: str,
    crisis: Crisis,
    event_time: datetime,
    source: payloads.InboundCrisisSource.ValueType,
) -> FollowUp:
    """Open or join the episode, once for a text whoever took it for a crisis."""
    payload = payloads.RecordCrisis(
        message_sid=message_sid,
        sender=sender,
        kind=crisis.kind,
        event_time=timestamp(event_time),
        source=source,
    )
    return FollowUp(f"crisis:{message_sid}", payloads.JobPayload(record_crisis=payload))


def record_inbound(text: payloads.ProcessInboundSms, sender: str, event_time: datetime) -> FollowUp:
    """Record a text that the crisis reply answers."""
    payload = payloads.RecordInbound(
        message_sid=text.message_sid,
        sender=sender,
        body=text.body,
        media=text.media,
        opt_out_type=text.opt_out_type,
        event_time=timestamp(event_time),
    )
    return FollowUp(f"inbound:{text.message_sid}", payloads.JobPayload(record_inbound=payload))


def record_crisis_reply(
    reply: payloads.SendCrisisReply,
    provider_sid: str = "",
    error_code: str = "",
    *,
    withheld: bool = False,
) -> FollowUp:
    """Write into the ledger what the provider said to a crisis reply, or that it was not asked."""
    payload = payloads.RecordCrisisReply(
        message_sid=reply.message_sid,
        sender=reply.sender,
        kind=reply.kind,
        language=reply.language,
        provider_sid=provider_sid,
        error_code=error_code,
        withheld=withheld,
    )
    return FollowUp(
        f"crisis-reply-sent:{reply.message_sid}", payloads.JobPayload(record_crisis_reply=payload)
    )


def crisis_follow_up(follow_up_id: str, user_id: str, due: datetime) -> FollowUp:
    """Ask the person how they are, when it is due."""
    payload = payloads.FollowUpCrisis(user_id=user_id, follow_up_id=follow_up_id)
    return FollowUp(
        f"crisis-follow-up:{follow_up_id}", payloads.JobPayload(follow_up_crisis=payload), due
    )


def check_in(user_id: str, last_contact: datetime, times_due: int) -> FollowUp:
    """Check in on a person, because of a silence since then that was due for it so many times.

    So whoever was not texted, for want of access say, is asked for again when they are due again.
    """
    payload = payloads.SendCheckIn(user_id=user_id, last_contact_time=timestamp(last_contact))
    moment = int(last_contact.timestamp() * 1_000_000)
    return FollowUp(
        f"{_CHECK_IN}:{user_id}:{moment}:{times_due}", payloads.JobPayload(send_check_in=payload)
    )


def reactivation(reactivation_id: str, user_id: str) -> FollowUp:
    """Ask a silent person back."""
    payload = payloads.Reactivate(user_id=user_id, reactivation_id=reactivation_id)
    return FollowUp(f"{_REACTIVATION}:{reactivation_id}", payloads.JobPayload(reactivate=payload))


def erasure(
    job: payloads.EraseUser,
    stage: payloads.ErasureStage.ValueType,
    run_time: datetime | None = None,
) -> FollowUp:
    """The next stage of an erasure. A person who is erased never comes back under the same id.

    The last stage is not there any more to take its own key away, so that one has only a digest.
    """
    payload = payloads.EraseUser()
    payload.CopyFrom(job)
    payload.stage = stage
    word = payloads.ErasureStage.Name(stage).removeprefix("ERASURE_STAGE_").lower()
    whom = job.user_id
    if stage == payloads.ErasureStage.ERASURE_STAGE_SECOND_PASS:
        whom = _digest(job.user_id)
    key = f"erase-{word.replace('_', '-')}:{whom}"
    return FollowUp(key, payloads.JobPayload(erase_user=payload), run_time)


def alert(reason: str, subject: str, once: str = "") -> FollowUp:
    """Tell the people behind the line. reason: UPPER_SNAKE. subject: an id, never a number.

    once: they are told once for this, say a day; "" for once for the subject.
    """
    payload = payloads.AlertOperators(reason=reason, subject=subject)
    word = reason.lower().replace("_", "-")
    return FollowUp(f"alert:{word}:{once or subject}", payloads.JobPayload(alert_operators=payload))


def alert_to(cause: str, alert: payloads.AlertOperators, recipient: str) -> FollowUp:
    """Tell one of them, once for the cause, say the key of the job that tells everybody; its length
    does not matter."""
    payload = payloads.AlertOperators(
        reason=alert.reason, subject=alert.subject, recipient=recipient
    )
    key = f"alert-to:{recipient}:{_digest(cause)}"
    return FollowUp(key, payloads.JobPayload(alert_operators=payload))
