"""PgQueuer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Any

import asyncpg
import uvloop
from pgqueuer import PgQueuer
from pgqueuer.db import AsyncpgDriver, AsyncpgPoolDriver
from pgqueuer.queries import Queries

from bench.peers import database, sink
from bench.peers.system import Client, Payload, System, payload


class _Client(Client):
    def __init__(self, pool: Any) -> None:
        self._pool = pool
        self._queries = Queries(AsyncpgPoolDriver(pool))

    async def enqueue(self, job: Payload) -> None:
        await self._queries.enqueue("noop", json.dumps(job).encode())

    async def enqueue_many(self, jobs: Sequence[Payload]) -> None:
        bodies = [json.dumps(job).encode() for job in jobs]
        await self._queries.enqueue(["noop"] * len(jobs), bodies, [0] * len(jobs))

    async def close(self) -> None:
        await self._pool.close()


class PgQueuerQueue(System):
    """asyncpg, its own default durability: queue and log are logged tables."""

    concurrency = 100
    note = "asyncpg, durable (its default), batch_size 100, uvloop as its CLI"

    def set_up(self) -> None:
        async def install() -> None:
            connection = await asyncpg.connect(database.url())
            await Queries(AsyncpgDriver(connection)).install()
            await connection.close()

        asyncio.run(install())

    async def connect(self, callers: int) -> Client:
        return _Client(await asyncpg.create_pool(database.url(), min_size=1, max_size=callers))

    def work(self, concurrency: int) -> None:
        async def run() -> None:
            pool = await asyncpg.create_pool(database.url(), min_size=2, max_size=10)
            queuer = PgQueuer(AsyncpgPoolDriver(pool))

            @queuer.entrypoint("noop")
            async def noop(job: Any) -> None:
                sink.hit(json.loads(job.payload)["t"])

            await queuer.run(batch_size=concurrency)

        uvloop.run(run())

    def outstanding(self) -> int:
        found = database.execute("SELECT count(*) FROM pgqueuer WHERE execute_after <= now()")
        return int(found[0][0])

    def grow(self, finished: int, scheduled: int) -> None:
        database.execute(
            "INSERT INTO pgqueuer_log (job_id, status, priority, entrypoint)"
            " SELECT i, 'successful', 0, 'noop' FROM generate_series(1, %s) i",
            finished,
        )
        database.execute(
            "INSERT INTO pgqueuer (priority, status, entrypoint, payload, execute_after)"
            " SELECT 0, 'queued', 'noop', %s, now() + interval '1 day'"
            " FROM generate_series(1, %s)",
            json.dumps(payload()).encode(),
            scheduled,
        )


SYSTEM = PgQueuerQueue()
