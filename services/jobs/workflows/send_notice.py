"""A fixed text that replies to what the person did: no quiet hours, no one-a-day, consent only."""

from __future__ import annotations

from datetime import timedelta

from protos.conversation.v1 import conversation_pb2 as conversation
from protos.jobs.v1.payloads_pb2 import AnswerSms, Notice, SendNotice
from services.jobs.spent import spent_key
from services.jobs.workflows import follow_ups, inviting
from services.jobs.workflows.clients.conversation import AlreadyAnswered, EarlierUnanswered
from services.jobs.workflows.context import Context
from services.jobs.workflows.late_answers import came_too_late
from services.jobs.workflows.notices import NOTICES
from services.jobs.workflows.outcome import Bury, Done, FollowUp, Later, Outcome
from services.jobs.workflows.proactive import stop
from services.jobs.workflows.reported_crisis import ask_for_what_is_left
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
        prepared = await _prepare(job, body, ctx)
        if not isinstance(prepared, conversation.Message):
            return prepared
        message = prepared
    return await send(
        job.user_id,
        message.message_id,
        ctx,
        despite_opt_out=job.notice == Notice.NOTICE_OPT_OUT_CONFIRMATION,
        when_held=_anew(job, message),
    )


async def _prepare(job: SendNotice, body: str, ctx: Context) -> conversation.Message | Outcome:
    """Its text in the ledger; else what the job comes to without one."""
    if job.expired_message_id:
        unclear = await give_up(job.user_id, job.expired_message_id, ctx)
        if unclear is not None:
            return unclear
    answers: list[str] = []
    if job.notice == Notice.NOTICE_APOLOGY:
        waiting = await ctx.conversation.unanswered(job.user_id)
        answers = [message.message_id for message in waiting]
        # Looked for after that: what does not wait any more has an answer that is found here.
        await ask_for_what_is_left(job.user_id, ctx)
        answer = await _prepared_before(job.user_id, bool(waiting), ctx)
        if answer is not None:
            return Done("answered before", (_follows(answer, ctx),))
        if not answers:
            return Done("nothing to answer")
    kind = KEYWORD_REPLY if job.notice in TO_WORDS else NOTICE
    try:
        return await ctx.conversation.prepare(job.user_id, ctx.job.key, body, kind, answers)
    except AlreadyAnswered:
        return Later(timedelta(), "ALREADY_ANSWERED")
    except EarlierUnanswered:
        return Later(timedelta(), "EARLIER_UNANSWERED")


async def _prepared_before(
    user_id: str, waiting: bool, ctx: Context
) -> conversation.Message | None:
    """What the spent job stored in place of an apology, but did not live to ask for.

    An invitation is not under the job's key; where texts wait, the job of one of them asks for it.
    """
    answer = await ctx.conversation.find_prepared(spent_key(ctx.job.key))
    if answer is not None or waiting:
        return answer
    return await inviting.waiting_to_be_sent(user_id, ctx)


def _follows(answer: conversation.Message, ctx: Context) -> FollowUp:
    """Its job is new, so nothing but the ledger tells there that it came too late."""
    if came_too_late(answer, ctx.clock.now()):
        again = AnswerSms(user_id=answer.user_id, expired_message_id=answer.message_id)
        return follow_ups.answer_anew(again)
    return follow_ups.send_answer(answer.message_id, answer.user_id)


def _anew(job: SendNotice, apology: conversation.Message) -> AnswerSms | None:
    """Whoever is held is not apologised to: their texts are answered after the hold."""
    if job.notice not in APOLOGIES:
        return None
    return AnswerSms(user_id=job.user_id, expired_message_id=apology.message_id)
