"""A text that did not reach its handset (30003) is sent once more (domain.md section 11).

Where it has lost its sense by then it is left: the person has written since, and is answered; or it
is too old. What is sent is a text of its own in the ledger, under a key that names the lost one.
"""

from __future__ import annotations

from datetime import UTC, timedelta

from protos.conversation.v1 import conversation_pb2 as conversation
from protos.identity.v1 import identity_pb2 as identity
from protos.jobs.v1.payloads_pb2 import ResendText
from protos.profile.v1 import profile_pb2 as profile
from services.jobs.agent.guardrails import CAP, septets
from services.jobs.workflows import follow_ups
from services.jobs.workflows.context import Context
from services.jobs.workflows.notices import SORRY_FOR_THE_DELAY
from services.jobs.workflows.outcome import Bury, Done, Outcome
from services.jobs.workflows.proactive import (
    PROACTIVE,
    ClosedGate,
    out_of_reach,
    stop,
    until_window,
)
from services.jobs.workflows.sending import CONVERSATIONAL, send

ANSWER = conversation.MessageKind.MESSAGE_KIND_ANSWER
NOTICE = conversation.MessageKind.MESSAGE_KIND_NOTICE
CRISIS_REPLY = conversation.MessageKind.MESSAGE_KIND_CRISIS_REPLY

_AS_NOTICE = {
    ANSWER,  # it is no second one of the free answers
    conversation.MessageKind.MESSAGE_KIND_RESTORED,
    conversation.MessageKind.MESSAGE_KIND_RESTORED_NOTICE,
}

ANSWER_COUNTS_FOR = timedelta(hours=1)
"""An answer that is older is no answer any more."""

COUNTS_FOR = timedelta(hours=24)
"""Any other text; a check-in's question waits for no longer."""


async def run(job: ResendText, ctx: Context) -> Outcome:
    """Prepares the text anew and sends it, unless it has become void by this attempt."""
    lost = await ctx.conversation.find_message(job.message_id)
    if lost is not None and lost.user_id != job.user_id:
        return Bury("TEXT_OF_ANOTHER_PERSON")
    known = await ctx.profile.get(job.user_id)
    person = await ctx.identity.find_user(job.user_id)
    if lost is None or person is None:
        return Done("no such text")
    gate = _closed_gate(lost, person, known, ctx)
    key = follow_ups.late_retry_key(lost.message_id)
    if isinstance(gate, Done):
        return await stop(await ctx.conversation.find_prepared(key), gate, ctx)
    if gate is not None:
        return gate
    again = await ctx.conversation.prepare(
        lost.user_id, key, _words(lost), NOTICE if lost.kind in _AS_NOTICE else lost.kind
    )
    validity = CONVERSATIONAL if lost.kind == ANSWER else None
    return await send(lost.user_id, again.message_id, ctx, validity=validity)


def _closed_gate(
    lost: conversation.Message, person: identity.User, known: profile.Profile, ctx: Context
) -> ClosedGate | None:
    """The first gate that is closed: those that stay closed before the one that opens again."""
    stale = _staleness(lost, known, ctx)
    return (
        out_of_reach(person, known)
        or (Done(stale) if stale else None)
        or (until_window(person, known, ctx) if lost.kind == PROACTIVE else None)
    )


def _staleness(lost: conversation.Message, known: profile.Profile, ctx: Context) -> str:
    """Why the text has lost its sense, "" where it has not.

    A crisis reply keeps it whatever was written since: its numbers were never seen.
    """
    written = lost.event_time.ToDatetime(UTC)
    counts_for = ANSWER_COUNTS_FOR if lost.kind == ANSWER else COUNTS_FOR
    if ctx.clock.now() - written > counts_for:
        return "stale"
    gives_way = follow_ups.gives_way(lost)
    if (lost.kind == ANSWER or gives_way) and known.HasField("assistant_held_until"):
        return "held"
    if gives_way and known.crisis_open:
        return "gives way to a crisis"
    wrote_since = (
        known.HasField("last_inbound_time") and known.last_inbound_time.ToDatetime(UTC) > written
    )
    return "wrote since" if wrote_since and lost.kind != CRISIS_REPLY else ""


def _words(lost: conversation.Message) -> str:
    """The text, and a sorry before an answer, where there is room for it."""
    late = SORRY_FOR_THE_DELAY + lost.body
    if lost.kind != ANSWER or lost.body.startswith(SORRY_FOR_THE_DELAY) or septets(late) > CAP:
        return lost.body
    return late
