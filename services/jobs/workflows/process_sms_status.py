"""What the provider says became of a text that we sent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from protos.conversation.v1 import conversation_pb2 as conversation
from protos.jobs.v1.payloads_pb2 import ProcessSmsStatus
from protos.profile.v1 import profile_pb2 as profile
from services.jobs import carrier
from services.jobs.workflows import follow_ups, metrics
from services.jobs.workflows.context import Context
from services.jobs.workflows.outcome import Done, FollowUp, Outcome
from services.jobs.workflows.sending import stop_all

CRISIS_REPLY = conversation.MessageKind.MESSAGE_KIND_CRISIS_REPLY
LATE_RETRY_AFTER = timedelta(minutes=30)
"""Since we heard that a handset was away. Twilio says to try again and names no time; by then a
tunnel has ended and a phone is charged."""

NOT_ARRIVED = frozenset(
    {
        conversation.MessageState.MESSAGE_STATE_UNDELIVERED,
        conversation.MessageState.MESSAGE_STATE_FAILED,
        conversation.MessageState.MESSAGE_STATE_CANCELED,
    }
)


async def run(status: ProcessSmsStatus, ctx: Context) -> Outcome:
    """Records it. Error 21610 also says that the person had opted out when we began to send; one
    that speaks of our account or number stops all sending. A number that takes no texts is marked;
    a text whose handset was away is tried once more; a crisis reply that did not arrive is for
    operators, who can call."""
    metrics.DELIVERIES.labels(
        metrics.few_statuses(status.status), metrics.few_codes(status.error_code or "none")
    ).inc()
    message = await ctx.conversation.record_delivery(
        status.message_id, status.message_sid, status.status, status.error_code
    )
    if message is None:
        return Done("unknown text")
    if status.error_code == carrier.OPTED_OUT_CODE:
        await ctx.profile.set_consent(
            message.user_id,
            profile.SmsConsent.SMS_CONSENT_OPTED_OUT,
            profile.ConsentSource.CONSENT_SOURCE_STATUS_ERROR,
            _began(message),
            f"status-error:{message.message_id}",
        )
    if carrier.is_account_trouble(status.error_code):
        await stop_all(status.error_code, _began(message), ctx)
    # What the ledger holds counts, not the post: a text that arrived after all stays arrived.
    if message.state not in NOT_ARRIVED:
        return Done("recorded")
    if carrier.is_dead_number(message.error_code):
        await ctx.identity.mark_unreachable(message.user_id, message.error_code, _began(message))
    return Done("recorded", (*_once_more(message, ctx), *_heard_of(message)))


def _once_more(message: conversation.Message, ctx: Context) -> tuple[FollowUp, ...]:
    if message.error_code != carrier.HANDSET_AWAY_CODE or follow_ups.is_late_retry(message):
        return ()
    return (follow_ups.late_retry(message, ctx.clock.now() + LATE_RETRY_AFTER),)


def _heard_of(message: conversation.Message) -> tuple[FollowUp, ...]:
    if message.kind != CRISIS_REPLY:
        return ()
    return (follow_ups.alert("CRISIS_REPLY_UNDELIVERED", message.message_id),)


def _began(message: conversation.Message) -> datetime:
    """When we began to send it; a crisis reply may have gone out before its entry was made."""
    known = message.begin_time if message.HasField("begin_time") else message.create_time
    return known.ToDatetime(UTC)
