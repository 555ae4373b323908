"""The model is asked while the day's tokens last (domain.md section 8); then the rules answer.

A person on a bad day gets an answer all the same, with the crisis line in it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import grpc

from kit.logging import get_logger
from protos.conversation.v1 import conversation_pb2 as conversation
from services.jobs.agent import usage
from services.jobs.agent.deeds import Deeds
from services.jobs.agent.turn import Turn
from services.jobs.safety.crisis import Crisis
from services.jobs.workflows import follow_ups
from services.jobs.workflows.context import Context

log = get_logger(__name__)

SPENT = conversation.ModelBudget.MODEL_BUDGET_SPENT
SPENT_BY_PERSON = conversation.ModelBudget.MODEL_BUDGET_SPENT_BY_PERSON

IN_A_CRISIS = " In a crisis call or text 988, any time."
"""Below each answer that the rules give in the model's place."""


def is_spent(said: conversation.Conversation) -> bool:
    """Whether the model must not be asked for this person today."""
    return said.model_budget in (SPENT, SPENT_BY_PERSON)


async def answer(
    turn: Turn, deeds: Deeds, said: conversation.Conversation, ctx: Context
) -> str | Crisis:
    """What the assistant says. Raises AgentUnavailable."""
    if is_spent(said):
        await _tell(said, ctx)
        return await ctx.offline.answer(turn, deeds)
    async with paid_for(said.user_id, "answer", ctx):
        return await ctx.agent.answer(turn, deeds)


@asynccontextmanager
async def paid_for(user_id: str, purpose: str, ctx: Context) -> AsyncIterator[None]:
    """Has what the model costs in the block written down, once for the attempt and the purpose;
    also where there is no answer in the end, be it for want of a service that a tool needs. An
    answer is not held up by its bill."""
    with usage.counted() as used:
        try:
            yield
        except Exception:
            await _record(user_id, purpose, used.tokens, ctx)
            raise
    await _record(user_id, purpose, used.tokens, ctx)


async def _record(user_id: str, purpose: str, tokens: int, ctx: Context) -> None:
    if not tokens:
        return
    try:
        await ctx.conversation.record_model_use(user_id, f"{purpose}:{ctx.job.token}", tokens)
    except grpc.aio.AioRpcError as error:
        log.warning("model_use_unrecorded", code=error.code().name, tokens=tokens)


async def _tell(said: conversation.Conversation, ctx: Context) -> None:
    """Operators hear of it once a day, of each person who spends all of theirs as well."""
    day = ctx.clock.now().date().isoformat()
    if said.model_budget == SPENT:
        alert = follow_ups.alert("MODEL_TOKENS_SPENT", day)
    else:
        once = f"{said.user_id}:{day}"
        alert = follow_ups.alert("MODEL_TOKENS_SPENT_BY_PERSON", said.user_id, once=once)
    await ctx.enqueue((alert,))
