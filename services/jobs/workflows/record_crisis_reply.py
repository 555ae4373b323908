"""What became of a crisis reply, written into the ledger after the fact."""

from __future__ import annotations

from protos.conversation.v1 import conversation_pb2 as conversation
from protos.jobs.v1.payloads_pb2 import RecordCrisisReply
from protos.profile.v1 import profile_pb2 as profile
from services.jobs import carrier
from services.jobs.safety.replies import crisis_reply
from services.jobs.workflows.context import Context
from services.jobs.workflows.outcome import Done, Outcome
from services.jobs.workflows.send_crisis_reply import ledger_key
from services.jobs.workflows.sending import OPTED_OUT, REFUSED, WITHHELD


async def run(reply: RecordCrisisReply, ctx: Context) -> Outcome:
    """Makes the entry where there is none yet, and closes it."""
    user = await ctx.identity.ensure_user(reply.sender)
    message = await ctx.conversation.prepare(
        user.user_id,
        ledger_key(reply.message_sid),
        crisis_reply(reply.kind, reply.language, reply.sender),
        conversation.MessageKind.MESSAGE_KIND_CRISIS_REPLY,
    )
    if reply.withheld:
        await ctx.conversation.record_failed(message.message_id, WITHHELD)
        return Done("withheld")
    if reply.provider_sid:
        held = await ctx.conversation.record_accepted(message.message_id, reply.provider_sid)
        return Done("accepted" if held else "held by another text")
    await ctx.conversation.record_failed(message.message_id, REFUSED, reply.error_code)
    if reply.error_code == carrier.OPTED_OUT_CODE:
        await ctx.profile.set_consent(
            user.user_id,
            OPTED_OUT,
            profile.ConsentSource.CONSENT_SOURCE_SEND_ERROR,
            ctx.job.accepted_time,
            f"send-error:{message.message_id}",
        )
    return Done("refused")
