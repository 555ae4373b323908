"""Procrastinate."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Any

import procrastinate
import uvloop

from bench.peers import database, sink
from bench.peers.system import Client, Payload, System, payload


def _app(connections: int) -> tuple[Any, Any]:
    connector = procrastinate.PsycopgConnector(
        conninfo=database.url(), min_size=1, max_size=connections
    )
    app = procrastinate.App(connector=connector)

    @app.task(name="noop", queue="q")
    async def noop(job: Payload) -> None:
        sink.hit(job["t"])

    return app, noop


class _Client(Client):
    def __init__(self, app: Any, noop: Any) -> None:
        self._app = app
        self._noop = noop

    async def enqueue(self, job: Payload) -> None:
        await self._noop.defer_async(job=job)

    async def enqueue_many(self, jobs: Sequence[Payload]) -> None:
        await self._noop.batch_defer_async(*({"job": job} for job in jobs))

    async def close(self) -> None:
        await self._app.close_async()


class ProcrastinateQueue(System):
    """psycopg, finished jobs kept, which is its default."""

    concurrency = 20
    note = "LISTEN/NOTIFY on, delete_jobs never (its defaults), concurrency 20"

    def set_up(self) -> None:
        async def install() -> None:
            app, _ = _app(2)
            async with app.open_async():
                await app.schema_manager.apply_schema_async()

        asyncio.run(install())

    async def connect(self, callers: int) -> Client:
        app, noop = _app(callers)
        await app.open_async()
        return _Client(app, noop)

    def work(self, concurrency: int) -> None:
        async def run() -> None:
            app, _ = _app(max(10, min(concurrency, 20)))
            async with app.open_async():
                await app.run_worker_async(queues=["q"], concurrency=concurrency)

        uvloop.run(run())

    def outstanding(self) -> int:
        found = database.execute(
            "SELECT count(*) FROM procrastinate_jobs WHERE status IN ('todo', 'doing')"
            " AND (scheduled_at IS NULL OR scheduled_at <= now())"
        )
        return int(found[0][0])

    def grow(self, finished: int, scheduled: int) -> None:
        body = json.dumps({"job": payload()})
        database.execute("ALTER TABLE procrastinate_jobs DISABLE TRIGGER USER")
        database.execute(
            "INSERT INTO procrastinate_jobs"
            " (queue_name, task_name, priority, args, status, attempts)"
            " SELECT 'q', 'noop', 0, %s::jsonb, 'succeeded', 1 FROM generate_series(1, %s)",
            *(body, finished),
        )
        database.execute(
            "INSERT INTO procrastinate_jobs"
            " (queue_name, task_name, priority, args, status, scheduled_at)"
            " SELECT 'q', 'noop', 0, %s::jsonb, 'todo', now() + interval '1 day'"
            " FROM generate_series(1, %s)",
            *(body, scheduled),
        )
        database.execute("ALTER TABLE procrastinate_jobs ENABLE TRIGGER USER")


SYSTEM = ProcrastinateQueue()
