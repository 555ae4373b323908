"""A prepared answer goes out, in the order of the person's lane."""

from __future__ import annotations

from datetime import timedelta

from protos.jobs.v1.payloads_pb2 import AnswerSms, SendAnswer
from services.jobs.workflows import follow_ups
from services.jobs.workflows.context import Context
from services.jobs.workflows.late_answers import IN_TIME, came_too_late
from services.jobs.workflows.outcome import Done, Later, Outcome, Retry
from services.jobs.workflows.sending import send

LONGEST_WAIT = timedelta(seconds=30)
"""Until it is tried again, whatever asks for more. A longer wait leaves the lane, and the person's
next answer goes first; one that would outlast the time of an answer is not even begun by the queue,
which has the text answered anew at once: while an hour was full the model would be asked for the
same answer again and again."""


async def run(answer: SendAnswer, ctx: Context) -> Outcome:
    """Sends it, unless the person has opted out since, or an operator holds the assistant, or what
    they said is long ago by now."""
    anew = AnswerSms(user_id=answer.user_id, expired_message_id=answer.message_id)
    if await _came_too_late(answer, ctx):
        return Done("too late", (follow_ups.answer_anew(anew),))
    match await send(answer.user_id, answer.message_id, ctx, when_held=anew):
        case Later(delay, reason):
            return Later(min(delay, LONGEST_WAIT), reason)
        case Retry(reason, delay) if delay is not None:
            return Retry(reason, min(delay, LONGEST_WAIT))
        case outcome:
            return outcome


async def _came_too_late(answer: SendAnswer, ctx: Context) -> bool:
    """The ledger is asked only where the job itself is that old: answers mostly go out at once."""
    if ctx.clock.now() - ctx.job.accepted_time <= IN_TIME:
        return False
    message = await ctx.conversation.find_message(answer.message_id)
    if message is None or message.user_id != answer.user_id:
        return False
    return came_too_late(message, ctx.clock.now())
