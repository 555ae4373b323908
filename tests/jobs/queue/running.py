"""The jobs service on a thread of its own, without TLS, for tests to talk to."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from dataclasses import replace
from typing import Any, TypeVar

import grpc
from prometheus_client import CollectorRegistry

from kit.database import Database
from kit.refusals import AsyncRefusalInterceptor
from protos.jobs.v1.jobs_pb2_grpc import add_JobsServiceServicer_to_server
from services.jobs.metrics import jobs_metrics
from services.jobs.schedules import SCHEDULES
from services.jobs.service import JobsServicer
from services.jobs.switchboard import Switchboard
from services.jobs.threads import DatabaseThreads
from services.jobs.ticker import Ticker

T = TypeVar("T")
POLLS = 12

# One is enough for whoever looks at schedules.
SWEEP = next(each for each in SCHEDULES if each.name == "sweep_check_ins")
# Where a test lets time pass, no tick of the real clock's may come in between.
SELDOM = replace(SWEEP, cron="0 3 29 2 *")


class RunningQueue:
    """A replica whose clock ticks when a test says so."""

    def __init__(self, database: Database, address: str) -> None:
        self.registry = CollectorRegistry()
        self._address = address
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.threads = DatabaseThreads(database)
        self.calls = database.calls(4)
        self.switchboard = Switchboard(POLLS)
        metrics = jobs_metrics(self.registry)
        self.servicer = JobsServicer(
            self.calls, self.threads, self.switchboard, metrics, lambda: 0.5
        )
        self.ticker = Ticker(self.threads, self.switchboard, metrics, schedules=[SELDOM])
        self._server = self.run(self._start())

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """The result of work on the replica's loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)

    def metric(self, name: str, **labels: str) -> float:
        """The value of a metric, 0 where it was never set."""
        return self.registry.get_sample_value(f"respite_jobs_{name}", labels) or 0

    def close(self) -> None:
        self.switchboard.close()
        self.run(self._server.stop(1))
        self.run(self.calls.close())
        self.threads.close()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _start(self) -> grpc.aio.Server:
        server = grpc.aio.server(interceptors=[AsyncRefusalInterceptor("jobs")])
        add_JobsServiceServicer_to_server(self.servicer, server)
        server.add_insecure_port(self._address)
        await server.start()
        return server
