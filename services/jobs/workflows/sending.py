"""Handing a prepared text to the provider, by the ledger (domain.md sections 6, 8 and 11).

The right to send is taken in the ledger before the provider is asked, and what the provider said is
written there after. Where nobody knows what it said, the text is looked up before it is ever sent
again.
"""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from protos.conversation.v1 import conversation_pb2 as conversation
from protos.jobs.v1.payloads_pb2 import AnswerSms
from protos.profile.v1 import profile_pb2 as profile
from services.jobs import carrier
from services.jobs.backoff import as_long_again
from services.jobs.workflows import follow_ups, metrics
from services.jobs.workflows.clients.conversation import (
    HeldBack,
    OutboundLimitReached,
    SendRateReached,
)
from services.jobs.workflows.context import Context
from services.jobs.workflows.holding import put_off
from services.jobs.workflows.outcome import Bury, Done, FollowUp, Later, Outcome, Retry

GRANTED = conversation.SendPermission.SEND_PERMISSION_GRANTED
SETTLED = conversation.SendPermission.SEND_PERMISSION_SETTLED
OPTED_OUT = profile.SmsConsent.SMS_CONSENT_OPTED_OUT
IN = profile.SmsConsent.SMS_CONSENT_OPTED_IN
REFUSED = conversation.SendFailure.SEND_FAILURE_REFUSED
WITHHELD = conversation.SendFailure.SEND_FAILURE_WITHHELD
EXPIRED = conversation.SendFailure.SEND_FAILURE_EXPIRED
PREPARED = conversation.MessageState.MESSAGE_STATE_PREPARED
SENDING = conversation.MessageState.MESSAGE_STATE_SENDING
WITHHELD_STATE = conversation.MessageState.MESSAGE_STATE_WITHHELD

ATTEMPT = timedelta(seconds=30)
"""Longest time for which one attempt may hold the right to send: the lease of the sending jobs."""

NOT_FOUND_COUNTS_AFTER = ATTEMPT + carrier.REQUEST_TIMEOUT + timedelta(seconds=10)
"""Since an attempt began. Earlier, it may still be under way, and the provider's list may lag."""

LOOK_AGAIN_AFTER = timedelta(seconds=5)
"""At first. Then as long as was waited already: an outage costs each text few requests."""

LOOK_AGAIN_WITHIN = timedelta(minutes=2)
"""So long at most does a text wait for a provider that is back."""

ONCE_RESUMED = timedelta(seconds=2)
"""After this a text that found all sending stopped is tried again, once operators resume that."""

CLOCKS_APART = timedelta(minutes=1)
"""How much the provider's clock may be behind ours. What is older and has the same words does no
harm: an id belongs to one text, and those of older ones are in the ledger."""

CONVERSATIONAL = timedelta(minutes=10)
"""An answer that the carrier could not deliver in this time is not delivered at all."""


async def send(
    user_id: str,
    message_id: str,
    ctx: Context,
    *,
    despite_opt_out: bool = False,
    when_held: AnswerSms | None = None,
    validity: timedelta | None = CONVERSATIONAL,
) -> Outcome:
    """Sends a prepared text, at most once as far as the provider allows.

    despite_opt_out: for the one confirmation that follows an opt-out, which is void once the person
    is back. when_held: of what the assistant says, who looks after the person once no operator
    holds it any more; None for other texts. validity: how long the provider may try; None for its
    own limit.
    """
    try:
        return await _send(user_id, message_id, ctx, despite_opt_out, when_held, validity)
    except OutboundLimitReached as reached:
        hour = ctx.clock.now().strftime("%Y-%m-%dT%H")
        await ctx.enqueue((follow_ups.alert("OUTBOUND_LIMIT_REACHED", hour),))
        return Later(reached.retry_after, "OUTBOUND_LIMIT_REACHED")
    except SendRateReached as reached:
        return Later(reached.retry_after, "SEND_RATE_REACHED")


async def _send(
    user_id: str,
    message_id: str,
    ctx: Context,
    despite_opt_out: bool,
    when_held: AnswerSms | None,
    validity: timedelta | None,
) -> Outcome:
    known = await ctx.profile.get(user_id)
    consent = known.sms_consent
    if despite_opt_out and consent == IN:
        await ctx.conversation.record_failed(message_id, WITHHELD, "OPTED_IN_SINCE")
        return Done("withheld: opted in since")
    if not despite_opt_out and consent == OPTED_OUT:
        await ctx.conversation.record_failed(message_id, WITHHELD, "NO_CONSENT")
        return Done("withheld: opted out")
    held = when_held and put_off(when_held, known, ctx)
    if held:
        return held
    person = await ctx.identity.find_user(user_id)
    if person is None:
        await ctx.conversation.record_failed(message_id, WITHHELD, "NO_SUCH_PERSON")
        return Done("withheld: no such person")
    if person.suppressed and consent != IN and not despite_opt_out:
        await ctx.conversation.record_failed(message_id, WITHHELD, "SUPPRESSED")
        return Done("withheld: opted out before")
    if not enough_time(ctx):
        return Retry("NO_TIME_LEFT")
    begun = await ctx.conversation.begin_send(message_id, ctx.job.token)
    if begun.message.user_id != user_id:
        await ctx.conversation.abandon_send(message_id, ctx.job.token)
        return Bury("TEXT_OF_ANOTHER_PERSON")
    if begun.permission == SETTLED:
        return Done("settled before")
    if begun.permission != GRANTED:
        found = await _look_up(begun, person.phone_number, ctx)
        if found is not None:
            return found
        begun = await ctx.conversation.begin_send(message_id, ctx.job.token, begun.begin_token)
        if begun.permission != GRANTED:
            return _look_again(begun.message, ctx)
    return await _hand_over(begun.message, person.phone_number, validity, ctx)


async def give_up(user_id: str, message_id: str, ctx: Context) -> Later | None:
    """Gives up a text that did not leave in time; what to wait for first, None where it is done.

    Its last attempt may have ended in an unknown outcome: what it said is said anew only once it is
    clear that the provider does not have it.
    """
    message = await ctx.conversation.find_message(message_id)
    if message is None or message.user_id != user_id:
        return None
    given_up = await _give_up(message, EXPIRED, "", ctx)
    return given_up if isinstance(given_up, Later) else None


async def withhold(message: conversation.Message, gate: str, ctx: Context) -> Later | bool:
    """Gives up a text that must not be sent now; gate: UPPER_SNAKE, at most 32 characters.

    What to wait for first, else whether it is given up: not where the provider has it after all.
    """
    return await _give_up(message, WITHHELD, gate, ctx)


async def _give_up(
    message: conversation.Message,
    why: conversation.SendFailure.ValueType,
    code: str,
    ctx: Context,
) -> Later | bool:
    """A provider that cannot be asked is waited for. Of what expired only as long as one that does
    not have the text: somebody waits for an answer."""
    message_id = message.message_id
    if message.state == SENDING:
        person = await ctx.identity.find_user(message.user_id)
        try:
            begun = await ctx.conversation.begin_send(message_id, ctx.job.token)
        except HeldBack:  # given back meanwhile: nothing of it is under way
            begun = conversation.BeginSendResponse(permission=SETTLED)
        if begun.permission == GRANTED:  # the same
            await ctx.conversation.abandon_send(message_id, ctx.job.token)
        elif begun.permission != SETTLED and person is not None:
            found = await _look_up(begun, person.phone_number, ctx)
            if isinstance(found, Later):
                if why != EXPIRED:
                    return found
                left = _until_not_found_counts(begun, ctx)
                if left > timedelta(0):
                    return Later(min(found.delay, left), found.reason)
    return await ctx.conversation.record_failed(message_id, why, code)


def _until_not_found_counts(begun: conversation.BeginSendResponse, ctx: Context) -> timedelta:
    """Zero or less where it counts already."""
    return begun.begin_time.ToDatetime(UTC) + NOT_FOUND_COUNTS_AFTER - ctx.clock.now()


async def _look_up(
    begun: conversation.BeginSendResponse, number: str, ctx: Context
) -> Outcome | None:
    """What to do about an attempt whose end nobody knows; None where it surely sent nothing."""
    began = begun.begin_time.ToDatetime(UTC)
    asked = ctx.clock.now()
    sids = await ctx.carrier.find(number, begun.message.body, began - CLOCKS_APART)
    for sid in sids or ():
        if await ctx.conversation.record_accepted(begun.message.message_id, sid):
            return Done("found at the provider")
    if sids is None:
        return _look_again(begun.message, ctx, "PROVIDER_AWAY")
    if asked < began + NOT_FOUND_COUNTS_AFTER:
        return _look_again(begun.message, ctx)
    return None


def _look_again(message: conversation.Message, ctx: Context, cause: str = "") -> Later:
    """After a pause that grows from the text's first attempt on: of several that fail one after the
    other none begins the pauses anew. The first is looked for as soon as not to find it counts."""
    now = ctx.clock.now()
    first = message.begin_time.ToDatetime(UTC)
    pause = as_long_again(now - first, random.random(), LOOK_AGAIN_AFTER, LOOK_AGAIN_WITHIN)
    counts = first + NOT_FOUND_COUNTS_AFTER - now
    if counts > timedelta(0):
        pause = min(pause, counts)
    return Later(pause, f"UNKNOWN_OUTCOME_{cause}" if cause else "UNKNOWN_OUTCOME")


async def _hand_over(
    message: conversation.Message, number: str, validity: timedelta | None, ctx: Context
) -> Outcome:
    if not enough_time(ctx):
        await ctx.conversation.abandon_send(message.message_id, ctx.job.token)
        return Retry("NO_TIME_LEFT")
    began = ctx.clock.now()
    said = await ctx.carrier.send(
        number,
        message.body,
        message_id=message.message_id,
        validity=validity,
        may_send=lambda: enough_time(ctx),
    )
    match said:
        case carrier.Accepted(sid):
            metrics.SEGMENTS.inc(message.segments)
            if await ctx.conversation.record_accepted(message.message_id, sid):
                return Done("accepted")
            # A look-up for another text with the same words has found this one and taken it for the
            # other, which was never sent: so there is one to send still.
            await ctx.conversation.abandon_send(message.message_id, ctx.job.token)
            return Retry("PROVIDER_SID_TAKEN")
        case carrier.Refused(code):
            await _record_refusal(message, code, began, ctx)
            return Done(f"refused: {code}", _heard_of(message, code, ctx))
        case carrier.AccountRefused(code):
            await ctx.conversation.abandon_send(message.message_id, ctx.job.token)
            await stop_all(code, began, ctx)
            return Retry(f"TWILIO_{code}", ONCE_RESUMED)
        case carrier.NotSent(reason, delay):
            await ctx.conversation.abandon_send(message.message_id, ctx.job.token)
            return Retry(reason, delay)
        case carrier.Unknown(reason):
            return _look_again(message, ctx, reason)


async def _record_refusal(
    message: conversation.Message, code: str, began: datetime, ctx: Context
) -> None:
    """21610 says that the person opted out at the carrier, before this attempt began; others, that
    the number takes no texts."""
    if code == carrier.OPTED_OUT_CODE:
        await ctx.profile.set_consent(
            message.user_id,
            OPTED_OUT,
            profile.ConsentSource.CONSENT_SOURCE_SEND_ERROR,
            began,
            f"send-error:{message.message_id}",
        )
    if carrier.is_dead_number(code):
        await ctx.identity.mark_unreachable(message.user_id, code, began)
    await ctx.conversation.record_failed(message.message_id, REFUSED, code)


def _heard_of(message: conversation.Message, code: str, ctx: Context) -> tuple[FollowUp, ...]:
    """A refusal that is not the person's doing is ours: operators hear of each kind once a day."""
    if carrier.is_of_the_number(code):
        return ()
    day = ctx.clock.now().date().isoformat()
    return (follow_ups.alert(f"SEND_REFUSED_{code}", message.message_id, once=day),)


async def stop_all(code: str, began: datetime, ctx: Context) -> None:
    """The provider takes nothing from us: whatever sends is paused until operators resume it, who
    are told once, however many texts meet it. Crisis replies go on trying.

    began: when the text was sent that tells of it. What was sent before operators resumed tells of
    what they have mended.
    """
    since = await ctx.stop_sends(f"TWILIO_{code}", began)
    if since is None:
        return
    moment = since.strftime("%Y-%m-%dT%H:%M:%SZ")
    await ctx.enqueue((follow_ups.alert(f"SENDS_STOPPED_{code}", moment),))


def enough_time(ctx: Context) -> bool:
    """Whether a request begun now surely ends while this attempt is the only one."""
    return ctx.job.time_left() > carrier.REQUEST_TIMEOUT + timedelta(seconds=1)
