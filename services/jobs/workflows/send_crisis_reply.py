"""The fixed reply to a crisis text. Nothing that is out of reach holds it up.

The provider is all it needs. Consent and ledger are asked for a moment; if they do not answer in
time, it sends without them: a doubled crisis text is better than none.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import grpc

from protos.conversation.v1 import conversation_pb2 as conversation
from protos.jobs.v1.payloads_pb2 import SendCrisisReply
from services.jobs import carrier
from services.jobs.safety.replies import crisis_reply
from services.jobs.workflows import follow_ups
from services.jobs.workflows.context import Context
from services.jobs.workflows.outcome import Done, Outcome, Retry
from services.jobs.workflows.sending import GRANTED, OPTED_OUT, SETTLED

LEDGER_PATIENCE = 0.3
"""Seconds for consent and ledger together (design.md section 8)."""

NOT_FOUND_COUNTS_AFTER = timedelta(seconds=10)
"""Since the earlier attempt began; shorter than for other texts, see the module."""

LOOK_AGAIN_AFTER = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Entry:
    """What the ledger said. began: the earlier attempt of unknown outcome, None where none was."""

    opted_out: bool = False
    settled: bool = False
    message_id: str = ""
    begin_token: str = ""
    began: datetime | None = None


async def run(reply: SendCrisisReply, ctx: Context) -> Outcome:
    """Sends the reply and has whatever the provider said written down."""
    body = crisis_reply(reply.kind, reply.language, reply.sender)
    entry = await _ask_ledger(reply, body, ctx)
    if entry.opted_out:
        return Done("opted out", (follow_ups.alert("CRISIS_OPTED_OUT", reply.message_sid),))
    if entry.settled:
        return Done("settled before")
    if entry.began is not None:
        found = await _look_up(reply, body, entry.began, ctx)
        if found is not None:
            return found
        await _take_over(entry, ctx)
    said = await ctx.carrier.send(reply.sender, body, message_id=entry.message_id)
    match said:
        case carrier.Accepted(sid):
            return Done("accepted", (follow_ups.record_crisis_reply(reply, provider_sid=sid),))
        case carrier.Refused(code):
            return Done(
                f"refused: {code}",
                (
                    follow_ups.record_crisis_reply(reply, error_code=code),
                    follow_ups.alert("CRISIS_REPLY_REFUSED", reply.message_sid),
                ),
            )
        case carrier.NotSent(reason):
            await _give_back(entry, ctx)
            return Retry(reason)
        case carrier.Unknown(reason):
            return Retry(f"UNKNOWN_OUTCOME {reason}", LOOK_AGAIN_AFTER)


async def _ask_ledger(reply: SendCrisisReply, body: str, ctx: Context) -> Entry:
    """Consent and the ledger's word, or an empty entry where they do not come in time.

    Without the ledger, a second attempt counts as one after an unknown outcome: the first may have
    been cut off after the provider took the text.
    """
    try:
        async with asyncio.timeout(LEDGER_PATIENCE):
            return await _open_entry(reply, body, ctx)
    except (TimeoutError, grpc.aio.AioRpcError):
        return Entry(began=ctx.job.accepted_time if ctx.job.attempt > 1 else None)


async def _open_entry(reply: SendCrisisReply, body: str, ctx: Context) -> Entry:
    user = await ctx.identity.ensure_user(reply.sender)
    consent = await ctx.profile.record_inbound(user.user_id, ctx.job.accepted_time)
    if consent == OPTED_OUT:
        return Entry(opted_out=True)
    message = await ctx.conversation.prepare(
        user.user_id,
        ledger_key(reply.message_sid),
        body,
        conversation.MessageKind.MESSAGE_KIND_CRISIS_REPLY,
    )
    begun = await ctx.conversation.begin_send(message.message_id, ctx.job.token)
    if begun.permission == GRANTED:
        return Entry(message_id=message.message_id)
    if begun.permission == SETTLED:
        return Entry(settled=True)
    return Entry(
        message_id=message.message_id,
        begin_token=begun.begin_token,
        began=begun.begin_time.ToDatetime(UTC),
    )


def ledger_key(message_sid: str) -> str:
    """The request_key under which the reply to this text stands in the ledger."""
    return f"crisis-reply:{message_sid}"


async def _look_up(
    reply: SendCrisisReply, body: str, began: datetime, ctx: Context
) -> Outcome | None:
    """What to do about an earlier attempt of unknown outcome; None where it is time to send."""
    asked = ctx.clock.now()
    sids = await ctx.carrier.find(reply.sender, body, began)
    if sids:
        return Done("found", (follow_ups.record_crisis_reply(reply, provider_sid=sids[-1]),))
    if asked < began + NOT_FOUND_COUNTS_AFTER:
        return Retry("UNKNOWN_OUTCOME", LOOK_AGAIN_AFTER)
    return None


async def _take_over(entry: Entry, ctx: Context) -> None:
    """Tells the ledger, if it listens, that this attempt sends now."""
    if entry.message_id:
        await _briefly(
            ctx.conversation.begin_send(entry.message_id, ctx.job.token, entry.begin_token)
        )


async def _give_back(entry: Entry, ctx: Context) -> None:
    """Tells the ledger, if it listens, that this attempt surely sent nothing."""
    if entry.message_id:
        await _briefly(ctx.conversation.abandon_send(entry.message_id, ctx.job.token))


async def _briefly(call: Awaitable[object]) -> None:
    with contextlib.suppress(TimeoutError, grpc.aio.AioRpcError):
        async with asyncio.timeout(LEDGER_PATIENCE):
            await call
