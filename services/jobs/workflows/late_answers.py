"""An answer that nobody began to send in time is given anew, with a sorry (domain.md section 9).

The queue counts the age of a job from its first claim. One that sends an answer and is not claimed,
while its type is paused say or all workers are away, is as new to it after hours as at first.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from protos.conversation.v1 import conversation_pb2 as conversation
from services.jobs.workflows.context import Context
from services.jobs.workflows.outcome import Later
from services.jobs.workflows.sending import ATTEMPT, EXPIRED, PREPARED, give_up

ANSWER = conversation.MessageKind.MESSAGE_KIND_ANSWER

IN_TIME = timedelta(minutes=10)
"""So long after it was prepared does an answer answer what was said."""


def came_too_late(message: conversation.Message, now: datetime) -> bool:
    """Whether this is an answer that nobody has begun to send, and that should have left by now."""
    if message.kind != ANSWER or message.state != PREPARED or message.HasField("begin_time"):
        return False
    return now - message.create_time.ToDatetime(UTC) > IN_TIME


async def give_up_all(user_id: str, message_id: str, ctx: Context) -> Later | None:
    """Gives up an answer that did not leave in time, see `give_up`, and every other of the person
    that came too late: whatever they answered is one turn, and gets one answer."""
    unclear = await give_up(user_id, message_id, ctx)
    if unclear is not None:
        return unclear
    said = await ctx.conversation.find(user_id)
    # Whoever found one in time an attempt ago may be about to begin.
    before = ctx.clock.now() - ATTEMPT
    for each in said.recent_messages if said is not None else ():
        if came_too_late(each, before):
            await ctx.conversation.record_failed(each.message_id, EXPIRED)
    return None
