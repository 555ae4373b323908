"""Chancy."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import uvloop
from chancy import Chancy, Queue, Worker, job

from bench.peers import database, sink
from bench.peers.system import Client, Payload, System, payload


@job(queue="default")
async def noop(*, one: Payload) -> None:
    """The handler."""
    sink.hit(one["t"])


class _Client(Client):
    def __init__(self, chancy: Any) -> None:
        self._chancy = chancy

    async def enqueue(self, job: Payload) -> None:
        await self._chancy.push(noop.job.with_kwargs(one=job))

    async def enqueue_many(self, jobs: Sequence[Payload]) -> None:
        async for _ in self._chancy.push_many([noop.job.with_kwargs(one=one) for one in jobs]):
            continue

    async def close(self) -> None:
        await self._chancy.__aexit__(None, None, None)


class ChancyQueue(System):
    """Its asynchronous executor."""

    concurrency = 100
    note = "AsyncExecutor, notifications on, polling_interval 1 (its least), eager_polling"

    def set_up(self) -> None:
        async def install() -> None:
            async with Chancy(database.url()) as chancy:
                await chancy.migrate()
                await chancy.declare(
                    Queue(
                        name="default",
                        concurrency=self.concurrency,
                        executor=Chancy.Executor.Async,
                        polling_interval=1,
                        eager_polling=True,
                    )
                )

        asyncio.run(install())

    async def connect(self, callers: int) -> Client:
        chancy = Chancy(database.url(), max_connection_pool_size=callers, no_default_plugins=True)
        await chancy.__aenter__()
        return _Client(chancy)

    def work(self, concurrency: int) -> None:
        async def run() -> None:
            async with Chancy(database.url()) as chancy, Worker(chancy) as worker:
                await worker.wait_for_shutdown()

        uvloop.run(run())

    def outstanding(self) -> int:
        found = database.execute(
            "SELECT count(*) FROM chancy_jobs WHERE state IN ('pending', 'running', 'retrying')"
            " AND (scheduled_at IS NULL OR scheduled_at <= now())"
        )
        return int(found[0][0])

    def grow(self, finished: int, scheduled: int) -> None:
        async def enqueue_one() -> None:
            client = await self.connect(1)
            await client.enqueue(payload())
            await client.close()

        asyncio.run(enqueue_one())
        found = database.execute(
            "SELECT column_name FROM information_schema.columns"
            " WHERE table_schema = 'public' AND table_name = 'chancy_jobs'"
        )
        columns = [str(row[0]) for row in found]
        database.execute("ALTER TABLE chancy_jobs DISABLE TRIGGER USER")
        for state, changed, count in (
            ("succeeded", {"completed_at": "now()"}, finished),
            ("pending", {"scheduled_at": "now() + interval '1 day'"}, scheduled),
        ):
            values = {name: f'"{name}"' for name in columns} | changed
            values |= {"id": "gen_random_uuid()", "state": f"'{state}'"}
            names = ", ".join(f'"{name}"' for name in values)
            database.execute(
                f"INSERT INTO chancy_jobs ({names}) SELECT {', '.join(values.values())}"
                " FROM (SELECT * FROM chancy_jobs WHERE state = 'pending' LIMIT 1) one,"
                " generate_series(1, %s)",
                count,
            )
        database.execute(
            "DELETE FROM chancy_jobs WHERE state = 'pending' AND scheduled_at <= now()"
        )
        database.execute("ALTER TABLE chancy_jobs ENABLE TRIGGER USER")


SYSTEM = ChancyQueue()
