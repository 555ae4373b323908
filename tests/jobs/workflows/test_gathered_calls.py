"""What a worker asks for many people at the same time travels together."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from services.jobs.workflows.context import Context
from tests.jobs.workflows.acting import Acting

PEOPLE = 100
NUMBERS = [f"+1202555{n:04}" for n in range(PEOPLE)]


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
    ],
    ids=["user", "profile", "contact", "access"],
)
@pytest.mark.parametrize("gathers", [True, False], ids=["gathered", "one by one"])
def test_what_is_asked_of_many_at_once_takes_few_calls(
    acting: Acting, call: Callable[[Context], Callable[[str], Awaitable[Any]]], gathers: bool
) -> None:
    acting.gathers = gathers
    results, calls = for_all(acting, call)
    assert len(results) == PEOPLE
    assert calls <= 4 if gathers else calls == PEOPLE
