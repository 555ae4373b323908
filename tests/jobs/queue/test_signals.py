"""What replicas tell each other, and when there is nobody to tell."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable, Mapping

import psycopg
import pytest

from services.jobs.model.signal import CHANNEL, Signals
from tests.databases import Databases

pytestmark = pytest.mark.slow


@contextlib.asynccontextmanager
async def running(url: str) -> AsyncIterator[tuple[Signals, list[Mapping[str, int]]]]:
    signals = Signals(url)
    heard: list[Mapping[str, int]] = []
    task = asyncio.create_task(signals.run(heard.append))
    yield signals, heard
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110 (what comes true sets no event)
            await asyncio.sleep(0.01)


def test_a_replica_that_is_alone_tells_nobody_until_another_comes(databases: Databases) -> None:
    url = databases["jobs"].writer

    async def story() -> list[Mapping[str, int]]:
        async with await psycopg.AsyncConnection.connect(url, autocommit=True) as outside:
            await outside.execute(f"LISTEN {CHANNEL}")
            async with running(url) as (first, _):
                assert not first.alone  # for all it knows
                await until(lambda: first.alone)
                first.send({"probe": 1})
                async with running(url) as (second, heard):
                    await until(lambda: not first.alone)
                    first.send({"probe": 2})
                    await until(lambda: {"probe": 2} in heard)
                    assert not second.alone
            said = [json.loads(each.payload)[1] async for each in outside.notifies(timeout=0)]
        return [each for each in said if each]

    assert asyncio.run(story()) == [{"probe": 2}]


def test_a_replica_that_cannot_hear_tells_all(databases: Databases) -> None:
    """As through a pooler in transaction mode, which loses the LISTEN."""
    url = databases["jobs"].writer

    class Deaf(Signals):
        async def _listen(self, hear: Callable[[Mapping[str, int]], None]) -> None:
            await asyncio.Event().wait()

    async def story() -> None:
        async with running(url) as (hearing, heard):
            await until(lambda: hearing.alone)  # it listens
            deaf = Deaf(url)
            task = asyncio.create_task(deaf.run(lambda _: None))
            deaf.send({"probe": 1})
            await until(lambda: {"probe": 1} in heard)
            assert not deaf.alone
            task.cancel()

    asyncio.run(story())
