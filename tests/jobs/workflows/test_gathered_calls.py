"""What a worker asks for many people at the same time travels together."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from protos.conversation.v1 import conversation_pb2 as conversation
from services.jobs.workflows.context import Context
from tests.jobs.workflows.acting import ANSWER, TO_ANSWER, Acting

pytestmark = pytest.mark.slow

PEOPLE = 100
NUMBERS = [f"+1202555{n:04}" for n in range(PEOPLE)]


async def record(ctx: Context, user_id: str) -> conversation.RecordInboundMessageResponse:
    return await ctx.conversation.record_inbound(
        user_id, f"SM{user_id}", "hi", [], ctx.clock.now(), TO_ANSWER
    )


def for_all(acting: Acting, call: Callable[[Context], Callable[[str], Awaitable[Any]]]) -> Any:
    """The results of one call for everybody at once, and how many calls that took."""

    async def ask(ctx: Context) -> list[Any]:
        people = await asyncio.gather(*map(ctx.identity.ensure_user, NUMBERS))
        acting.trouble.calls.clear()
        return await asyncio.gather(*(call(ctx)(person.user_id) for person in people))

    return acting.act(ask), acting.trouble.calls.total()


def test_people_who_write_at_once_are_found_in_few_calls(acting: Acting) -> None:
    async def find(ctx: Context) -> list[Any]:
        return await asyncio.gather(*map(ctx.identity.ensure_user, NUMBERS))

    people = acting.act(find)
    assert [person.phone_number for person in people] == NUMBERS
    assert acting.trouble.calls.total() <= 4


@pytest.mark.parametrize(
    "call",
    [
        lambda ctx: ctx.identity.find_user,
        lambda ctx: ctx.profile.get,
        lambda ctx: lambda user_id: ctx.profile.record_inbound(user_id, ctx.clock.now()),
        lambda ctx: ctx.billing.access,
        lambda ctx: lambda user_id: record(ctx, user_id),
        lambda ctx: ctx.conversation.unanswered,
        lambda ctx: ctx.conversation.find_prepared,
        lambda ctx: lambda user_id: ctx.conversation.prepare(user_id, user_id, "hi", ANSWER),
    ],
    ids=["user", "profile", "contact", "access", "record", "unanswered", "found", "prepared"],
)
@pytest.mark.parametrize("gathers", [True, False], ids=["gathered", "one by one"])
def test_what_is_asked_of_many_at_once_takes_few_calls(
    acting: Acting, call: Callable[[Context], Callable[[str], Awaitable[Any]]], gathers: bool
) -> None:
    acting.gathers = gathers
    results, calls = for_all(acting, call)
    assert len(results) == PEOPLE
    assert calls <= 4 if gathers else calls == PEOPLE


def test_a_conversation_that_has_no_room_in_a_batch_comes_in_a_call_of_its_own(
    acting: Acting,
) -> None:
    people = 12
    long = "\U0001f61c" * 4000

    async def talk(ctx: Context) -> list[int]:
        users = await asyncio.gather(*map(ctx.identity.ensure_user, NUMBERS[:people]))
        for n in range(20):
            await asyncio.gather(
                *(
                    ctx.conversation.record_inbound(
                        user.user_id, f"SM{n}-{user.user_id}", long, [], ctx.clock.now(), TO_ANSWER
                    )
                    for user in users
                )
            )
        acting.trouble.calls.clear()
        said = await asyncio.gather(*(ctx.conversation.get(user.user_id) for user in users))
        return [len(each.recent_messages) for each in said]

    assert acting.act(talk) == [20] * people
    assert 2 < acting.trouble.calls.total() < people
