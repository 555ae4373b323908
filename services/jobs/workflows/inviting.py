"""The gate is closed: one text a day, with a link to subscribe or to mend a subscription.

Whatever else is written that day gets no answer, nor is a limit told of beside it (domain.md
section 7).
"""

from __future__ import annotations

from collections.abc import Sequence

from protos.conversation.v1 import conversation_pb2 as conversation
from protos.jobs.v1.payloads_pb2 import AnswerSms
from services.jobs.safety.languages import language_of
from services.jobs.safety.normalise import normalise
from services.jobs.workflows import follow_ups
from services.jobs.workflows.clients.billing import MISCONFIGURED
from services.jobs.workflows.context import Context
from services.jobs.workflows.notices import (
    mending_invitation,
    mending_notice,
    subscribe_invitation,
)

NOTICE = conversation.MessageKind.MESSAGE_KIND_NOTICE
PREPARED = conversation.MessageState.MESSAGE_STATE_PREPARED
NEVER_LEFT = frozenset(
    {
        conversation.MessageState.MESSAGE_STATE_EXPIRED,
        conversation.MessageState.MESSAGE_STATE_WITHHELD,
    }
)


async def invite(
    job: AnswerSms, waiting: Sequence[conversation.Message], ctx: Context
) -> conversation.Message | None:
    """The day's invitation, which answers these texts; None where the person has access after all:
    nothing is answered then. Also of whoever was invited before: they write as soon as they have
    paid, and Stripe's event may come after that. Raises StripeAway."""
    ids = [message.message_id for message in waiting]
    key, invitation = await of_the_day(job, ctx)
    if invitation is not None:
        if await ctx.billing.found_at_stripe(job.user_id):
            return None
        await ctx.conversation.dismiss(job.user_id, ids)
        return invitation
    words = await _words(job, key, _language_of(waiting), ctx)
    if words is None:
        return None
    return await ctx.conversation.prepare(job.user_id, key, words, NOTICE, ids)


async def of_the_day(job: AnswerSms, ctx: Context) -> tuple[str, conversation.Message | None]:
    """The day's invitation and its key; None where there is none yet, or none that left: one whose
    time ran out, or that a STOP held back, is followed by another.

    The day is that on which the job was asked for: every attempt finds the same invitation.
    """
    key = first = _first_key(job, ctx)
    while True:
        invitation = await ctx.conversation.find_prepared(key)
        if invitation is None or invitation.state not in NEVER_LEFT:
            return key, invitation
        key = f"{first}:{invitation.message_id}"


async def waiting_to_be_sent(user_id: str, ctx: Context) -> conversation.Message | None:
    """The newest invitation that nobody has begun to send, of whichever day; None for none."""
    said = await ctx.conversation.find(user_id)
    invitations = [
        message
        for message in (said.recent_messages if said is not None else ())
        if message.state == PREPARED and message.request_key.startswith(_of(user_id))
    ]
    return invitations[-1] if invitations else None


def _of(user_id: str) -> str:
    return f"link:{user_id}:"


def _first_key(job: AnswerSms, ctx: Context) -> str:
    return f"{_of(job.user_id)}{ctx.job.accepted_time.date().isoformat()}"


def _page_key(job: AnswerSms, ctx: Context) -> str:
    """The same page for half a day, also where an invitation to it did not leave: it ends 24 hours
    after it was made."""
    return f"{_first_key(job, ctx)}:{ctx.job.accepted_time.hour // 12}"


async def _words(job: AnswerSms, key: str, language: str, ctx: Context) -> str | None:
    """None where a subscription that billing has just found at Stripe gives access."""
    url = await ctx.billing.checkout_url(job.user_id, _page_key(job, ctx))
    if url is not None:
        return subscribe_invitation(url, language)
    if (await ctx.billing.access(job.user_id)).granted:
        return None
    # Another page for each invitation: this one ends soon.
    portal = await ctx.billing.portal_url(job.user_id, key)
    if portal is None:
        await _tell(job.user_id, ctx)
        return mending_notice(language)
    return mending_invitation(portal, language)


async def _tell(user_id: str, ctx: Context) -> None:
    """Operators hear once a day that nobody can be sent a page to mend a payment on."""
    day = ctx.clock.now().date().isoformat()
    await ctx.enqueue((follow_ups.alert(f"CUSTOMER_PORTAL_{MISCONFIGURED}", user_id, once=day),))


def _language_of(waiting: Sequence[conversation.Message]) -> str:
    return language_of(word for message in waiting for word in normalise(message.body).split())
