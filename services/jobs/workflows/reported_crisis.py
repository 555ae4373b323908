"""What follows when the assistant reports a crisis in texts that the rules took for none.

The same as when the rules find one, under the same keys, so that no text gets two replies. The
reply takes its place in the ledger first, as the answer to the turn: from then on no other answer
can be given, and a run that follows finds it there and asks for what is missing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC

from protos.conversation.v1 import conversation_pb2 as conversation
from protos.jobs.v1.payloads_pb2 import InboundCrisisSource
from services.jobs.safety.crisis import SUICIDE, Crisis
from services.jobs.safety.replies import crisis_of, crisis_reply
from services.jobs.workflows import follow_ups
from services.jobs.workflows.context import Context
from services.jobs.workflows.outcome import Done, FollowUp, Outcome
from services.jobs.workflows.send_crisis_reply import answered_sid, ledger_key

ASSISTANT = InboundCrisisSource.INBOUND_CRISIS_SOURCE_ASSISTANT
CRISIS_REPLY = conversation.MessageKind.MESSAGE_KIND_CRISIS_REPLY
PREPARED = conversation.MessageState.MESSAGE_STATE_PREPARED


async def answer_crisis(
    user_id: str, crisis: Crisis, texts: Sequence[conversation.Message], ctx: Context
) -> Outcome:
    """The reply in place of an answer to these texts, which counts as one to the newest of them.

    Raises AlreadyAnswered or EarlierUnanswered, and then has stored nothing.
    """
    person = await ctx.identity.find_user(user_id)
    if person is None:
        return Done("no such person")
    newest = texts[-1]
    ids = [text.message_id for text in texts]
    body = crisis_reply(crisis.kind, crisis.language, person.phone_number)
    stored = await ctx.conversation.prepare_new(
        user_id, ledger_key(newest.provider_sid), body, CRISIS_REPLY, ids
    )
    if not stored:  # the rules, of another version, answer this text: nothing else is to
        await ctx.conversation.dismiss(user_id, ids)
    return Done("crisis", _asked_for(newest.provider_sid, newest, crisis, person.phone_number))


async def ask_for_what_is_left(user_id: str, ctx: Context) -> None:
    """Has replies sent and recorded that an earlier run stored, at once: they wait neither for the
    model, which may fail on a newer text, nor for this run to end at all."""
    left = await _left(user_id, ctx)
    if left:
        await ctx.enqueue(left)


async def with_reports(outcome: Outcome, user_id: str, ctx: Context) -> Outcome:
    """An outcome with what an earlier run reported, but did not live to ask for, or has stored
    meanwhile, having stood still."""
    if not (isinstance(outcome, Done) and ctx.job.repeated):
        return outcome
    known = {each.key for each in outcome.follow_ups}
    left = [each for each in await _left(user_id, ctx) if each.key not in known]
    return replace(outcome, follow_ups=(*outcome.follow_ups, *left))


async def _left(user_id: str, ctx: Context) -> list[FollowUp]:
    """Jobs of replies that wait in the ledger. What was asked for before is not done twice."""
    said = await ctx.conversation.find(user_id)
    messages = said.recent_messages if said is not None else ()
    waiting = [each for each in messages if each.kind == CRISIS_REPLY and each.state == PREPARED]
    person = await ctx.identity.find_user(user_id) if waiting else None
    if person is None:
        return []
    texts = {each.provider_sid: each for each in messages if not each.request_key}
    jobs: list[FollowUp] = []
    for reply in waiting:
        sid = answered_sid(reply)
        text = texts.get(sid, reply)
        # Words of another version are those of some crisis all the same.
        crisis = crisis_of(reply.body) or Crisis(SUICIDE, "en")
        jobs += _asked_for(sid, text, crisis, person.phone_number)
    return jobs


def _asked_for(
    sid: str, text: conversation.Message, crisis: Crisis, number: str
) -> tuple[FollowUp, ...]:
    """sid: the provider's id of the text that counts as the crisis text."""
    written, stored = text.event_time.ToDatetime(UTC), text.create_time.ToDatetime(UTC)
    return (
        follow_ups.crisis_reply(sid, number, crisis, stored, ASSISTANT),
        follow_ups.record_crisis(sid, number, crisis, written, ASSISTANT),
    )
