"""A fixed text that replies to what the person did: no quiet hours, no one-a-day, consent only."""

from __future__ import annotations

from datetime import timedelta

from protos.conversation.v1 import conversation_pb2 as conversation
from protos.jobs.v1.payloads_pb2 import AnswerSms, Notice, SendNotice
from services.jobs.workflows.clients.conversation import AlreadyAnswered, EarlierUnanswered
from services.jobs.workflows.context import Context
from services.jobs.workflows.notices import NOTICES
from services.jobs.workflows.outcome import Bury, Done, Later, Outcome
from services.jobs.workflows.proactive import stop
from services.jobs.workflows.sending import give_up, send

NOTICE = conversation.MessageKind.MESSAGE_KIND_NOTICE
KEYWORD_REPLY = conversation.MessageKind.MESSAGE_KIND_KEYWORD_REPLY

TO_WORDS = frozenset(
    {
        Notice.NOTICE_OPT_OUT_CONFIRMATION,
        Notice.NOTICE_OPT_IN_CONFIRMATION,
        Notice.NOTICE_HELP,
    }
)
"""Replies to STOP, START and HELP, which no limit holds back (domain.md section 8)."""

APOLOGIES = frozenset({Notice.NOTICE_APOLOGY, Notice.NOTICE_DELAY})
"""Of these only the first answers what waits: the other is followed by an answer."""


async def run(job: SendNotice, ctx: Context) -> Outcome:
    """Prepares the text under the job's key and sends it."""
    body = NOTICES.get(job.notice)
    if body is None:
        return Bury("UNKNOWN_NOTICE")
    message = await ctx.conversation.find_prepared(ctx.job.key)
    if job.notice == Notice.NOTICE_DELAY and not await ctx.conversation.unanswered(job.user_id):
        return await stop(message, Done("answered meanwhile"), ctx)
    if message is None:
        if job.expired_message_id:
            unclear = await give_up(job.user_id, job.expired_message_id, ctx)
            if unclear is not None:
                return unclear
        answers = await _answers(job, ctx)
        if answers is None:
            return Done("nothing to answer")
        try:
            message = await ctx.conversation.prepare(
                job.user_id,
                ctx.job.key,
                body,
                KEYWORD_REPLY if job.notice in TO_WORDS else NOTICE,
                answers,
            )
        except AlreadyAnswered:
            return Done("answered meanwhile")
        except EarlierUnanswered:
            return Later(timedelta(), "EARLIER_UNANSWERED")
    return await send(
        job.user_id,
        message.message_id,
        ctx,
        despite_opt_out=job.notice == Notice.NOTICE_OPT_OUT_CONFIRMATION,
        when_held=_anew(job, message),
    )


def _anew(job: SendNotice, apology: conversation.Message) -> AnswerSms | None:
    """Whoever is held is not apologised to: their texts are answered after the hold."""
    if job.notice not in APOLOGIES:
        return None
    return AnswerSms(user_id=job.user_id, expired_message_id=apology.message_id)


async def _answers(job: SendNotice, ctx: Context) -> list[str] | None:
    """Which texts it answers: an apology answers all that wait, and is void where none does."""
    if job.notice != Notice.NOTICE_APOLOGY:
        return []
    waiting = await ctx.conversation.unanswered(job.user_id)
    return [message.message_id for message in waiting] or None
