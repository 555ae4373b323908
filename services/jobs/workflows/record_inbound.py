"""The record of a crisis text, which the crisis reply answers."""

from __future__ import annotations

from datetime import UTC

from protos.conversation.v1 import conversation_pb2 as conversation
from protos.jobs.v1.payloads_pb2 import RecordInbound
from protos.profile.v1 import profile_pb2 as profile
from services.jobs.workflows.context import Context
from services.jobs.workflows.keywords import Keyword, keyword
from services.jobs.workflows.outcome import Done, Outcome
from services.jobs.workflows.process_inbound_sms import known_sender

_STATES = {
    Keyword.STOP: profile.SmsConsent.SMS_CONSENT_OPTED_OUT,
    Keyword.START: profile.SmsConsent.SMS_CONSENT_OPTED_IN,
}


async def run(text: RecordInbound, ctx: Context) -> Outcome:
    """Stores the text, and the consent that Twilio read in it, if any."""
    written = text.event_time.ToDatetime(UTC)
    user = await known_sender(text.sender, written, ctx)
    await ctx.conversation.record_inbound(
        user.user_id,
        text.message_sid,
        text.body,
        [conversation.Media(url=m.url, content_type=m.content_type) for m in text.media],
        written,
        conversation.Disposition.DISPOSITION_CRISIS,
    )
    await ctx.profile.record_inbound(user.user_id, written)
    word = keyword("", text.opt_out_type)
    if word in _STATES:
        await ctx.profile.set_consent(
            user.user_id,
            _STATES[word],
            profile.ConsentSource.CONSENT_SOURCE_OPT_OUT_TYPE,
            written,
            text.message_sid,
        )
    return Done("recorded")
