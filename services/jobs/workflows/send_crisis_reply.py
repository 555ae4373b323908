"""The fixed reply to a crisis text. Nothing that is out of reach holds it up.

The provider is all it needs. Consent, the count of replies and the ledger are asked for a moment;
if they do not answer in time, it sends without them: a doubled crisis text is better than none.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import grpc

from kit.logging import get_logger
from protos.conversation.v1 import conversation_pb2 as conversation
from protos.jobs.v1.payloads_pb2 import InboundCrisisSource, SendCrisisReply
from services.jobs import carrier
from services.jobs.safety.replies import crisis_reply
from services.jobs.workflows import follow_ups, metrics
from services.jobs.workflows.context import Context
from services.jobs.workflows.numbers import person_number
from services.jobs.workflows.outcome import Bury, Done, FollowUp, Outcome, Retry
from services.jobs.workflows.sending import (
    CLOCKS_APART,
    GRANTED,
    IN,
    OPTED_OUT,
    SETTLED,
    enough_time,
    stop_all,
)

log = get_logger(__name__)

T = TypeVar("T")

LEDGER_PATIENCE = 0.3
"""Seconds for consent and ledger together (design.md section 8)."""

NOT_FOUND_COUNTS_AFTER = timedelta(seconds=10)
"""Since the earlier attempt began; shorter than for other texts, see the module."""

LOOK_AGAIN_AFTER = timedelta(seconds=2)

LONGEST_PAUSE = timedelta(seconds=30)
"""Between two attempts, whatever the provider asks for: the queue's own pauses grow to an hour."""

TOLD_AFTER = timedelta(minutes=1)
"""Since the text was stored. A busy provider or a lost answer is over by then."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What the services said.

    answered_enough: see AdmitCrisisReply. segments: of the reply, 0 where unknown. began: the
    earlier attempt of unknown outcome, None where none was.
    """

    opted_out: bool = False
    answered_enough: bool = False
    settled: bool = False
    message_id: str = ""
    segments: int = 0
    begin_token: str = ""
    began: datetime | None = None


async def run(reply: SendCrisisReply, ctx: Context) -> Outcome:
    """Sends the reply and has whatever the provider said written down. While it cannot, it goes on
    trying, and the people behind the line, who may reach the person, are told."""
    outcome = await _attempt(reply, ctx)
    if isinstance(outcome, Retry) and ctx.clock.now() - _stored(reply, ctx) > TOLD_AFTER:
        await _briefly(ctx.enqueue((follow_ups.alert("CRISIS_REPLY_WAITING", reply.message_sid),)))
    return outcome


async def _attempt(reply: SendCrisisReply, ctx: Context) -> Outcome:
    if person_number(reply.sender) is None:
        return Bury("NOT_A_NUMBER")
    body = crisis_reply(reply.kind, reply.language, reply.sender)
    entry = await _ask_ledger(reply, body, ctx)
    if entry.opted_out:
        alert = follow_ups.alert("CRISIS_OPTED_OUT", reply.message_sid)
        return Done("opted out", (alert, *_withheld(reply)))
    if entry.answered_enough:
        return Done("answered enough", _withheld(reply))
    if entry.settled:
        return Done("settled before")
    if entry.began is None and (fetched := _fetched(reply)):
        # Minutes ago, before a restore, this line may have replied to it, and have forgotten.
        entry = replace(entry, began=fetched)
    if entry.began is not None:
        found = await _look_up(reply, body, entry, entry.began, ctx)
        if found is not None:
            return found
        if await _is_settled_meanwhile(entry, ctx):
            return Done("settled before")
    if not enough_time(ctx):
        # This worker has slept or been cut off: another may be sending the reply already.
        await _give_back(entry, ctx)
        return Retry("NO_TIME_LEFT", LOOK_AGAIN_AFTER)
    return await _hand_over(reply, body, entry, ctx)


def _withheld(reply: SendCrisisReply) -> tuple[FollowUp, ...]:
    """A reply that the assistant asked for has its place in the ledger before it is sent (see
    reported_crisis.py), and must not stay there as if it were to go out."""
    if reply.source != InboundCrisisSource.INBOUND_CRISIS_SOURCE_ASSISTANT:
        return ()
    return (follow_ups.record_crisis_reply(reply, withheld=True),)


async def _hand_over(reply: SendCrisisReply, body: str, entry: Entry, ctx: Context) -> Outcome:
    began = ctx.clock.now()
    said = await ctx.carrier.send(
        reply.sender, body, message_id=entry.message_id, may_send=lambda: enough_time(ctx)
    )
    match said:
        case carrier.Accepted(sid):
            _measure(reply, entry, ctx)
            return Done("accepted", (follow_ups.record_crisis_reply(reply, provider_sid=sid),))
        case carrier.Refused(code):
            return Done(
                f"refused: {code}",
                (
                    follow_ups.record_crisis_reply(reply, error_code=code),
                    follow_ups.alert("CRISIS_REPLY_REFUSED", reply.message_sid),
                ),
            )
        case carrier.AccountRefused(code):
            await _give_back(entry, ctx)
            await _briefly(stop_all(code, began, ctx))
            return Retry(f"TWILIO_{code}", _pause(ctx.job.attempt))
        case carrier.NotSent(reason):
            await _give_back(entry, ctx)
            return Retry(reason, _pause(ctx.job.attempt))
        case carrier.Unknown(reason):
            return Retry(f"UNKNOWN_OUTCOME_{reason}", LOOK_AGAIN_AFTER)


def _measure(reply: SendCrisisReply, entry: Entry, ctx: Context) -> None:
    metrics.SEGMENTS.inc(entry.segments)
    if reply.HasField("accepted_time"):
        taken = ctx.clock.now() - _stored(reply, ctx)
        seconds = metrics.CRISIS_REPLY_SECONDS.labels(metrics.source_word(reply.source))
        seconds.observe(max(0.0, taken.total_seconds()))


def _stored(reply: SendCrisisReply, ctx: Context) -> datetime:
    """When the crisis text was stored; a job of a version before does not say, and is as old."""
    if reply.HasField("accepted_time"):
        return reply.accepted_time.ToDatetime(UTC)
    return ctx.job.accepted_time


def _pause(attempt: int) -> timedelta:
    return min(timedelta(seconds=2 ** min(attempt, 10)), LONGEST_PAUSE)


async def _ask_ledger(reply: SendCrisisReply, body: str, ctx: Context) -> Entry:
    """Consent and the ledger's word, or an empty entry where they do not come in time.

    Without the ledger, a second run counts as one after an unknown outcome: the first may have been
    cut off after the provider took the text. One that its worker gave back when it was told to stop
    is a run too, though it cost no attempt.
    """
    entry = await _briefly(_open_entry(reply, body, ctx))
    if entry is None:
        return Entry(began=ctx.job.accepted_time if ctx.job.repeated else None)
    return entry


async def _open_entry(reply: SendCrisisReply, body: str, ctx: Context) -> Entry:
    user = await ctx.identity.ensure_user(reply.sender)
    consent = await ctx.profile.record_inbound(user.user_id, ctx.job.accepted_time)
    if consent == OPTED_OUT or (user.suppressed and consent != IN):
        return Entry(opted_out=True)
    # What was begun is finished: an earlier attempt may have run without being counted.
    if not ctx.job.repeated and not await ctx.profile.admit_crisis_reply(
        user.user_id, ctx.job.accepted_time, reply.message_sid
    ):
        return Entry(answered_enough=True)
    message = await ctx.conversation.prepare(
        user.user_id,
        ledger_key(reply.message_sid),
        body,
        conversation.MessageKind.MESSAGE_KIND_CRISIS_REPLY,
    )
    begun = await ctx.conversation.begin_send(message.message_id, ctx.job.token)
    if begun.permission == GRANTED:
        # Where nobody ever began by the ledger, an earlier attempt ran without it.
        untold = ctx.job.repeated and not message.HasField("begin_time")
        began = ctx.job.accepted_time if untold else None
        return Entry(message_id=message.message_id, segments=message.segments, began=began)
    if begun.permission == SETTLED:
        return Entry(settled=True)
    return Entry(
        message_id=message.message_id,
        segments=message.segments,
        begin_token=begun.begin_token,
        began=begun.begin_time.ToDatetime(UTC),
    )


_LEDGER = "crisis-reply:"


def ledger_key(message_sid: str) -> str:
    """The request_key under which the reply to this text stands in the ledger."""
    return f"{_LEDGER}{message_sid}"


def answered_sid(reply: conversation.Message) -> str:
    """The text that a reply in the ledger answers."""
    return reply.request_key.removeprefix(_LEDGER)


async def _look_up(
    reply: SendCrisisReply, body: str, entry: Entry, began: datetime, ctx: Context
) -> Outcome | None:
    """What to do about an earlier attempt of unknown outcome; None where it is time to send."""
    asked = ctx.clock.now()
    # Without the ledger nothing tells an earlier reply with the same words from this one, nor does
    # it surely after a restore; the provider's own moment is by its clock.
    by_ours = entry.message_id and began != _fetched(reply)
    since = began - CLOCKS_APART if by_ours else began
    for sid in await ctx.carrier.find(reply.sender, body, since) or ():
        if await _is_free(sid, entry, ctx):
            return Done("found", (follow_ups.record_crisis_reply(reply, provider_sid=sid),))
    if asked < began + NOT_FOUND_COUNTS_AFTER:
        return Retry("UNKNOWN_OUTCOME", LOOK_AGAIN_AFTER)
    return None


def _fetched(reply: SendCrisisReply) -> datetime | None:
    """When the provider says that the text came, where it was asked for it."""
    return reply.sent_time.ToDatetime(UTC) if reply.HasField("sent_time") else None


async def _is_free(sid: str, entry: Entry, ctx: Context) -> bool:
    """Whether this text of the provider's can be this reply: not where the ledger, if it listens,
    knows it as another."""
    if not entry.message_id:
        return True
    recorded = await _briefly(ctx.conversation.record_accepted(entry.message_id, sid))
    return recorded is not False


async def _is_settled_meanwhile(entry: Entry, ctx: Context) -> bool:
    """Tells the ledger, if it listens, that this attempt sends now; whether it need not."""
    if not entry.message_id:
        return False
    begun = await _briefly(
        ctx.conversation.begin_send(entry.message_id, ctx.job.token, entry.begin_token)
    )
    return begun is not None and begun.permission == SETTLED


async def _give_back(entry: Entry, ctx: Context) -> None:
    """Tells the ledger, if it listens, that this attempt surely sent nothing."""
    if entry.message_id:
        await _briefly(ctx.conversation.abandon_send(entry.message_id, ctx.job.token))


async def _briefly(call: Awaitable[T]) -> T | None:
    """The answer; None where it does not come in time, or not at all, whatever the reason."""
    try:
        async with asyncio.timeout(LEDGER_PATIENCE):
            return await call
    except (TimeoutError, grpc.aio.AioRpcError):
        return None
    except Exception as error:  # not even a bug of ours holds the reply up
        log.error("ledger_failed", exc_info=error)
        return None
