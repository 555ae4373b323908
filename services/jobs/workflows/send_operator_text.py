"""A text that an operator wrote (domain.md section 13): consent only, in the order of the lane."""

from __future__ import annotations

from protos.conversation.v1 import conversation_pb2 as conversation
from protos.jobs.v1.payloads_pb2 import SendOperatorText
from services.jobs.workflows.context import Context
from services.jobs.workflows.outcome import Done, Outcome
from services.jobs.workflows.sending import send

PROACTIVE = conversation.MessageKind.MESSAGE_KIND_PROACTIVE


async def run(text: SendOperatorText, ctx: Context) -> Outcome:
    """Prepares the text under its key and sends it, if the person has not opted out."""
    if await ctx.identity.find_user(text.user_id) is None:
        return Done("no such person")
    message = await ctx.conversation.prepare(text.user_id, ledger_key(text), text.body, PROACTIVE)
    return await send(text.user_id, message.message_id, ctx, validity=None)


def ledger_key(text: SendOperatorText) -> str:
    """The key of the ledger: no operator's word is another text's key, or another person's."""
    return f"operator-text:{text.user_id}:{text.request_key}"
