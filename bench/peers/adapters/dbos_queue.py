"""DBOS Transact."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from dbos import DBOS, DBOSClient

from bench.peers import database, sink
from bench.peers.system import Client, Payload, System, payload

_QUEUE = "q"
_POLL_SECONDS = 0.1  # a tenth of its default, which favours it


def _application() -> Any:
    DBOS(
        config={
            "name": "bench",
            "system_database_url": database.url(),
            "run_admin_server": False,
            "log_level": "ERROR",
            "application_version": "1",
            "sys_db_pool_size": 20,
            "max_executor_threads": 64,
        }
    )

    @DBOS.workflow(name="noop")
    async def noop(job: Payload) -> None:
        sink.hit(job["t"])

    return DBOS


class _Client(Client):
    def __init__(self, client: Any) -> None:
        self._client = client

    async def enqueue(self, job: Payload) -> None:
        await self._client.enqueue_async({"workflow_name": "noop", "queue_name": _QUEUE}, job)

    async def close(self) -> None:
        self._client.destroy()


class DbosQueue(System):
    """An asynchronous workflow without steps."""

    concurrency = 1000
    note = "no steps, polling_interval_sec 0.1 instead of its 1.0, worker_concurrency 1000"
    has_bulk = False

    def set_up(self) -> None:
        application = _application()
        application.launch()
        application.register_queue(
            _QUEUE, worker_concurrency=self.concurrency, polling_interval_sec=_POLL_SECONDS
        )
        application.destroy()

    async def connect(self, callers: int) -> Client:
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(callers))
        return _Client(
            DBOSClient(system_database_url=database.url(), system_database_pool_size=callers)
        )

    def work(self, concurrency: int) -> None:
        application = _application()
        application.launch()
        application.register_queue(
            _QUEUE,
            worker_concurrency=concurrency,
            polling_interval_sec=_POLL_SECONDS,
            on_conflict="always_update",
        )
        threading.Event().wait()

    def outstanding(self) -> int:
        found = database.execute(
            "SELECT count(*) FROM dbos.workflow_status WHERE status IN ('ENQUEUED', 'PENDING')"
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
            " WHERE table_schema = 'dbos' AND table_name = 'workflow_status'"
        )
        columns = [str(row[0]) for row in found]
        tomorrow = "(extract(epoch FROM now()) * 1000 + 86400000)::bigint"
        for status, changed, count in (
            ("SUCCESS", {}, finished),
            ("DELAYED", {"delay_until_epoch_ms": tomorrow}, scheduled),
        ):
            values = {name: f'"{name}"' for name in columns} | changed
            values |= {"workflow_uuid": "gen_random_uuid()::text", "status": f"'{status}'"}
            names = ", ".join(f'"{name}"' for name in values)
            database.execute(
                f"INSERT INTO dbos.workflow_status ({names}) SELECT {', '.join(values.values())}"
                " FROM (SELECT * FROM dbos.workflow_status WHERE status = 'ENQUEUED' LIMIT 1) one,"
                " generate_series(1, %s)",
                count,
            )
        database.execute("DELETE FROM dbos.workflow_status WHERE status = 'ENQUEUED'")


SYSTEM = DbosQueue()
