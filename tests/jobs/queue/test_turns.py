"""Claims for the same types go to the database one after the other."""

from __future__ import annotations

import asyncio

from services.jobs.turns import Turns


def test_those_of_one_kind_take_turns_and_others_do_not_wait() -> None:
    async def go() -> None:
        turns = Turns()
        at_once: dict[str, int] = {"probe": 0, "answer": 0}
        most = 0

        async def take(kind: str) -> None:
            nonlocal most
            async with turns.of(kind):
                at_once[kind] += 1
                assert at_once[kind] == 1
                most = max(most, sum(at_once.values()))
                await asyncio.sleep(0)
                at_once[kind] -= 1

        await asyncio.gather(*(take(kind) for kind in ("probe", "answer") * 20))
        assert most == 2
        assert not turns._locks, "nothing is left of what a caller named"

    asyncio.run(go())


def test_one_that_hangs_or_is_cancelled_stops_no_other() -> None:
    async def go() -> None:
        turns = Turns()
        for_ever = asyncio.Event()
        begun = asyncio.Event()

        async def hang() -> None:
            async with turns.of("probe"):
                begun.set()
                await for_ever.wait()

        hanging = asyncio.create_task(hang())
        await begun.wait()
        async with asyncio.timeout(30), turns.of("probe"):
            pass
        hanging.cancel()
        await asyncio.wait([hanging])
        async with turns.of("probe"):
            assert turns._locks["probe"].locked()

    asyncio.run(go())
