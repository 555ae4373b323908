"""A text came in. No lane, no model: nothing of a person ever stands before their crisis."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from protos.conversation.v1 import conversation_pb2 as conversation
from protos.identity.v1 import identity_pb2 as identity
from protos.jobs.v1.payloads_pb2 import (
    EraseUser,
    ErasureStage,
    InboundCrisisSource,
    Notice,
    ProcessInboundSms,
)
from protos.profile.v1 import profile_pb2 as profile
from services.jobs.safety.crisis import detect
from services.jobs.workflows import follow_ups
from services.jobs.workflows.context import Context
from services.jobs.workflows.keywords import Keyword, keyword
from services.jobs.workflows.numbers import person_number
from services.jobs.workflows.outcome import Done, FollowUp, Later, Outcome
from services.jobs.workflows.stalls import Stalled, again_after

IN = profile.SmsConsent.SMS_CONSENT_OPTED_IN
OUT = profile.SmsConsent.SMS_CONSENT_OPTED_OUT

KEYWORD = conversation.Disposition.DISPOSITION_KEYWORD

RULES = InboundCrisisSource.INBOUND_CRISIS_SOURCE_RULES

DELETE_COUNTS_FOR = timedelta(hours=1)
"""How long a DELETE waits for its YES DELETE."""

AFTER_A_STOP = timedelta(seconds=5)
"""So long does a START that was fetched wait for a STOP that was fetched with it: it gives way to
one that is known, whichever of the two a worker begins first."""


async def run(text: ProcessInboundSms, ctx: Context) -> Outcome:
    """Recognises a crisis before any call; else records the text, then obeys or answers it."""
    sender = person_number(text.sender)
    if sender is None:
        return Done("not a person")
    written = event_time(text, ctx)
    crisis = detect(text.body)
    if crisis is not None:
        sid, stored = text.message_sid, ctx.job.accepted_time
        fetched = text.sent_time if text.HasField("sent_time") else None
        return Done(
            "crisis",
            (
                follow_ups.crisis_reply(sid, sender, crisis, stored, RULES, fetched),
                follow_ups.record_crisis(sid, sender, crisis, written, RULES),
                follow_ups.record_inbound(text, sender, written),
            ),
        )
    try:
        with ctx.stalls.waiting():
            return await _record(text, sender, written, ctx)
    except Stalled:
        return Later(again_after(), "SERVICES_STALL")


async def _record(text: ProcessInboundSms, sender: str, written: datetime, ctx: Context) -> Outcome:
    """The person and the text; then what it asks for."""
    user = await known_sender(sender, written, ctx)
    consent = await ctx.profile.record_inbound(user.user_id, written)
    said = keyword(text.body, text.opt_out_type)
    word = None if said is Keyword.YES and consent != OUT else said
    recorded = await ctx.conversation.record_inbound(
        user.user_id,
        text.message_sid,
        text.body,
        [conversation.Media(url=m.url, content_type=m.content_type) for m in text.media],
        written,
        _disposition(word),
    )
    if said is Keyword.YES and recorded.disposition == KEYWORD:
        word = said  # so an earlier run took it, and may have brought the person back already
    if word is not None:
        return await _obey(word, user.user_id, text, written, ctx)
    return Done("to answer", (follow_ups.answer(recorded.message.message_id, user.user_id),))


async def known_sender(number: str, written: datetime, ctx: Context) -> identity.User:
    """The person, made at their first text. Whoever writes has a number that works."""
    user = await ctx.identity.ensure_user(number)
    if user.HasField("unreachable_time"):
        await ctx.identity.clear_unreachable(user.user_id, written)
    return user


def event_time(text: ProcessInboundSms, ctx: Context) -> datetime:
    """When the text was written: Twilio's time where it was fetched, else when it was accepted.

    Never later than that: what a person says from then on must be able to override it.
    """
    if text.HasField("sent_time"):
        return min(text.sent_time.ToDatetime(UTC), ctx.job.accepted_time)
    return ctx.job.accepted_time


def _disposition(word: Keyword | None) -> conversation.Disposition.ValueType:
    if word is None:
        return conversation.Disposition.DISPOSITION_TO_ANSWER
    return KEYWORD


async def _obey(
    word: Keyword, user_id: str, text: ProcessInboundSms, written: datetime, ctx: Context
) -> Outcome:
    """STOP, START and HELP. Where Twilio recognised the word it has replied already."""
    twilio_replied = keyword("", text.opt_out_type) is not None
    if word in (Keyword.DELETE, Keyword.YES_DELETE):
        return await _delete(word, user_id, text, written, ctx)
    if word is Keyword.HELP:
        return Done("help", _notice(Notice.NOTICE_HELP, text, user_id, not twilio_replied))
    out = word is Keyword.STOP
    reconciled = text.HasField("sent_time")
    if reconciled and not out and not ctx.job.repeated:
        return Later(AFTER_A_STOP, "A_STOP_FIRST")
    changed = await ctx.profile.set_consent(
        user_id,
        OUT if out else IN,
        profile.ConsentSource.CONSENT_SOURCE_OPT_OUT_TYPE
        if twilio_replied
        else profile.ConsentSource.CONSENT_SOURCE_WORD,
        written,
        text.message_sid,
        reconciled=reconciled,
    )
    which = Notice.NOTICE_OPT_OUT_CONFIRMATION if out else Notice.NOTICE_OPT_IN_CONFIRMATION
    confirm = changed and not twilio_replied
    return Done("opted out" if out else "opted in", _notice(which, text, user_id, confirm))


async def _delete(
    word: Keyword, user_id: str, text: ProcessInboundSms, written: datetime, ctx: Context
) -> Outcome:
    """DELETE is asked back; YES DELETE counts where it answers that, within an hour."""
    if word is Keyword.YES_DELETE and await _has_asked(user_id, written, ctx):
        job = EraseUser(user_id=user_id)
        return Done("erase", (follow_ups.erasure(job, ErasureStage.ERASURE_STAGE_STOP),))
    return Done("ask", _notice(Notice.NOTICE_DELETE_CONFIRMATION, text, user_id, wanted=True))


async def _has_asked(user_id: str, written: datetime, ctx: Context) -> bool:
    """Whether the person texted DELETE in the hour before: their own words are the question."""
    said = (await ctx.conversation.get(user_id)).recent_messages
    return any(
        each.direction == conversation.Direction.DIRECTION_INBOUND
        and keyword(each.body) is Keyword.DELETE
        and timedelta(0) <= written - each.event_time.ToDatetime(UTC) <= DELETE_COUNTS_FOR
        for each in said
    )


def _notice(
    which: Notice.ValueType, text: ProcessInboundSms, user_id: str, wanted: bool
) -> tuple[FollowUp, ...]:
    return (follow_ups.notice(text.message_sid, user_id, which),) if wanted else ()
