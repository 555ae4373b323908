"""Oban for Python, the open-source edition: bulk insert and bulk acknowledgement are Pro's."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Any

import psycopg
import uvloop
from oban import Oban
from oban import worker as oban_worker
from oban.schema import install_sql

from bench.peers import database, sink
from bench.peers.system import Client, Payload, System, payload


@oban_worker(queue="default")
class Noop:
    """The handler."""

    async def process(self, job: Any) -> None:
        """Runs one job."""
        sink.hit(job.args["t"])


class _Client(Client):
    def __init__(self, pool: Any, oban: Any) -> None:
        self._pool = pool
        self._oban = oban

    async def enqueue(self, job: Payload) -> None:
        await self._oban.enqueue(Noop.new(job))  # type: ignore[attr-defined]

    async def enqueue_many(self, jobs: Sequence[Payload]) -> None:
        await self._oban.enqueue_many([Noop.new(job) for job in jobs])  # type: ignore[attr-defined]

    async def close(self) -> None:
        await self._oban.stop()
        await self._pool.close()


class ObanQueue(System):
    """psycopg, its own pool."""

    concurrency = 200
    note = "open-source edition, pool of 10, uvloop as its CLI"

    def set_up(self) -> None:
        with psycopg.connect(database.url(), autocommit=True) as connection:
            connection.execute(install_sql())

    async def connect(self, callers: int) -> Client:
        pool = await Oban.create_pool(database.url(), min_size=1, max_size=callers)
        oban = Oban(pool=pool)
        await oban.start()
        return _Client(pool, oban)

    def work(self, concurrency: int) -> None:
        async def run() -> None:
            pool = await Oban.create_pool(database.url(), min_size=2, max_size=10)
            async with Oban(pool=pool, queues={"default": concurrency}):
                await asyncio.Event().wait()

        uvloop.run(run())

    def outstanding(self) -> int:
        found = database.execute(
            "SELECT count(*) FROM oban_jobs WHERE state IN ('available', 'executing')"
        )
        return int(found[0][0])

    def grow(self, finished: int, scheduled: int) -> None:
        name = Noop.new({}).worker  # type: ignore[attr-defined]
        body = json.dumps(payload())
        database.execute(
            "INSERT INTO oban_jobs (state, queue, worker, args, attempt, completed_at,"
            " attempted_at) SELECT 'completed', 'default', %s, %s::jsonb, 1,"
            " timezone('UTC', now()), timezone('UTC', now()) FROM generate_series(1, %s)",
            *(name, body, finished),
        )
        database.execute(
            "INSERT INTO oban_jobs (state, queue, worker, args, scheduled_at)"
            " SELECT 'scheduled', 'default', %s, %s::jsonb,"
            " timezone('UTC', now()) + interval '1 day' FROM generate_series(1, %s)",
            *(name, body, scheduled),
        )


SYSTEM = ObanQueue()
