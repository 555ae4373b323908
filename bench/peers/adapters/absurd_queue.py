"""Absurd."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import absurdctl
import psycopg
import uvloop
from absurd_sdk import AsyncAbsurd

from bench.peers import database, sink
from bench.peers.system import Client, Payload, System, payload

_QUEUE = "q"


class _Client(Client):
    def __init__(self, free: asyncio.Queue[Any]) -> None:
        self._free = free
        self._count = free.qsize()

    async def enqueue(self, job: Payload) -> None:
        connection = await self._free.get()
        try:
            await connection.spawn("noop", job, queue=_QUEUE)
        finally:
            self._free.put_nowait(connection)

    async def close(self) -> None:
        for _ in range(self._count):
            await (await self._free.get()).close()


class AbsurdQueue(System):
    """A connection for each caller and one for a worker, as its SDK has it."""

    concurrency = 100
    note = "async worker, poll_interval 0.25 s (its default; it has no NOTIFY)"
    has_bulk = False

    def set_up(self) -> None:
        with psycopg.connect(database.url(), autocommit=True) as connection:
            connection.execute(absurdctl.BUNDLED_SCHEMA_SQL)
            connection.execute("SELECT absurd.create_queue(%s)", [_QUEUE])

    async def connect(self, callers: int) -> Client:
        free: asyncio.Queue[Any] = asyncio.Queue()
        for _ in range(callers):
            absurd = AsyncAbsurd(database.url(), queue_name=_QUEUE)
            await absurd._ensure_connected()
            free.put_nowait(absurd)
        return _Client(free)

    def work(self, concurrency: int) -> None:
        async def run() -> None:
            absurd = AsyncAbsurd(database.url(), queue_name=_QUEUE)

            @absurd.register_task(name="noop")
            async def noop(job: Payload, _context: Any) -> None:
                sink.hit(job["t"])

            await absurd.start_worker(concurrency=concurrency)

        uvloop.run(run())

    def outstanding(self) -> int:
        found = database.execute(
            "SELECT count(*) FROM absurd.r_q WHERE state IN ('pending', 'running')"
        )
        return int(found[0][0])

    def grow(self, finished: int, scheduled: int) -> None:
        body = json.dumps(payload())
        for state, attempts, due, completed, count in (
            ("completed", 1, "now()", "now()", finished),
            ("sleeping", 0, "now() + interval '1 day'", "NULL", scheduled),
        ):
            database.execute(
                "WITH task AS (INSERT INTO absurd.t_q"
                " (task_id, task_name, params, state, attempts)"
                f" SELECT absurd.portable_uuidv7(), 'noop', %s::jsonb, '{state}', {attempts}"
                " FROM generate_series(1, %s) RETURNING task_id)"
                " INSERT INTO absurd.r_q"
                " (run_id, task_id, attempt, state, available_at, completed_at)"
                f" SELECT absurd.portable_uuidv7(), task_id, 1, '{state}', {due}, {completed}"
                " FROM task",
                *(body, count),
            )


SYSTEM = AbsurdQueue()
