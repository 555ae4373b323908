"""The jobs process: `respite serve jobs`."""

from __future__ import annotations

import asyncio
import contextlib
import random
from typing import ClassVar, Literal

import grpc
import uvloop
from prometheus_client import REGISTRY, CollectorRegistry
from pydantic import Field

from kit.access import AsyncHasRole
from kit.channel import aio_channel
from kit.database import Database
from kit.database_telemetry import measure_database
from kit.process import async_stop_event_on_signals, expect_many_objects
from kit.server import DRAIN_BEAT_SECONDS, AsyncServer, build_async_server
from kit.telemetry import HealthServer
from protos.identity.v1 import identity_pb2
from protos.identity.v1.identity_pb2_grpc import IdentityServiceStub
from protos.jobs.v1 import jobs_pb2
from protos.jobs.v1.jobs_pb2_grpc import add_JobsServiceServicer_to_server
from respite.roles import DEADLINE_SECONDS
from respite.service import open_database
from respite.settings import DatabaseUrl, ProcessSettings
from respite.starting import begin
from services.jobs.metrics import JobsMetrics, jobs_metrics
from services.jobs.model.signal import Signals
from services.jobs.schedules import SCHEDULES
from services.jobs.service import JobsServicer
from services.jobs.switchboard import Switchboard
from services.jobs.tables import audit_records
from services.jobs.threads import PATIENT, DatabaseThreads
from services.jobs.ticker import Ticker

GRACE_SECONDS = 20.0
# What is not a poll: enqueues, settlements and the calls of operators.
_OTHER_CALLS = 500
CALLS_AT_ONCE = 6
"""Connections of the event loop: for what is stored, claimed and settled at one time."""


class JobsSettings(ProcessSettings):
    """What jobs is told by its environment."""

    process: ClassVar[str] = "jobs"

    jobs_port: int = Field(default=50055, ge=0, le=65535)
    jobs_metrics_port: int = Field(default=9055, ge=0, le=65535)
    jobs_database_url: DatabaseUrl
    jobs_reader_database_url: DatabaseUrl
    jobs_read_database_url: DatabaseUrl | None = None
    # Straight to the server, past any pooler in transaction mode; as jobs_database_url if not set.
    jobs_listen_database_url: DatabaseUrl | None = None
    jobs_writers: int = Field(default=4, ge=1, le=32)
    jobs_polls: int = Field(default=256, ge=1, le=10_000)
    schedules: Literal["on", "off"] = "on"
    identity_address: str = "dns:///localhost:50051"

    def listening_url(self) -> str:
        """Where to listen for signals: at the server itself."""
        return (self.jobs_listen_database_url or self.jobs_database_url).get_secret_value()

    def database(self) -> Database:
        """The database, with a connection for each thread that may ask for one."""
        return open_database(
            "jobs",
            self.jobs_database_url,
            self.jobs_reader_database_url,
            self.jobs_read_database_url,
            audit=audit_records,
            pool_size=self.jobs_writers + PATIENT + 4,
        )


class JobsProcess:
    """One replica of jobs; `build` makes it."""

    def __init__(self, settings: JobsSettings, registry: CollectorRegistry, beat: float) -> None:
        self._settings = settings
        self._registry = registry
        self._beat = beat

    async def run(self, stop: asyncio.Event) -> None:
        """Serves until `stop` is set, then drains. Raises CannotListen, CertificateProblem."""
        settings = self._settings
        metrics = jobs_metrics(self._registry)
        database = settings.database()
        threads = DatabaseThreads(database, settings.jobs_writers)
        signals = Signals(settings.listening_url())
        switchboard = Switchboard(settings.jobs_polls, signals.send)
        calls = database.calls(CALLS_AT_ONCE)
        measure_database(database, self._registry)
        servicer = JobsServicer(
            calls,
            threads,
            switchboard,
            metrics,
            random.random,
            clock_moves=settings.development_clock is not None,
        )
        ticker = self._ticker(threads, switchboard, metrics)
        async with contextlib.AsyncExitStack() as closing:
            closing.callback(database.dispose)
            closing.push_async_callback(calls.close)
            closing.callback(threads.close)
            identity = await closing.enter_async_context(self._identity())
            server = await self._server(servicer, _roles_from(identity))
            health = self._health(server, database)
            health.start()
            closing.callback(health.stop)
            await server.start()
            async with asyncio.TaskGroup() as tasks:
                ticking = tasks.create_task(ticker.run(stop))
                signalling = tasks.create_task(signals.run(switchboard.ring))
                await stop.wait()
                await self._drain(server, switchboard)
                await ticking
                signalling.cancel()

    def _identity(self) -> contextlib.AbstractAsyncContextManager[grpc.aio.Channel]:
        """The channel over which an operator's roles are asked for."""
        return aio_channel(
            self._settings.identity_address,
            self._settings.tls_files(),
            service=identity_pb2.DESCRIPTOR.services_by_name["IdentityService"].full_name,
            idempotent_methods=["CheckRole"],
            deadline=DEADLINE_SECONDS,
            registry=self._registry,
        )

    def _health(self, server: AsyncServer, database: Database) -> HealthServer:
        return HealthServer(
            self._settings.bind_host,
            self._settings.jobs_metrics_port,
            lambda: server.ready and database.ping(),
            registry=self._registry,
            variable="JOBS_METRICS_PORT",
        )

    async def _drain(self, server: AsyncServer, switchboard: Switchboard) -> None:
        """Polls go home when no new ones are let in: before that, they would only come again."""
        stopping = asyncio.create_task(server.stop(GRACE_SECONDS))
        await asyncio.sleep(self._beat)
        await asyncio.sleep(0.05)
        switchboard.close()
        await stopping

    def _ticker(
        self, threads: DatabaseThreads, switchboard: Switchboard, metrics: JobsMetrics
    ) -> Ticker:
        fires = self._settings.schedules == "on"
        return Ticker(threads, switchboard, metrics, schedules=SCHEDULES, fires=fires)

    async def _server(self, servicer: JobsServicer, has_role: AsyncHasRole) -> AsyncServer:
        descriptor = jobs_pb2.DESCRIPTOR.services_by_name["JobsService"]
        return await build_async_server(
            "jobs",
            files=self._settings.tls_files(),
            host=self._settings.bind_host,
            port=self._settings.jobs_port,
            services=[(descriptor, add_JobsServiceServicer_to_server, servicer)],
            has_role=has_role,
            domain="jobs",
            max_concurrent_rpcs=self._settings.jobs_polls + _OTHER_CALLS,
            beat=self._beat,
            registry=self._registry,
        )


def build(
    settings: JobsSettings,
    *,
    registry: CollectorRegistry = REGISTRY,
    beat: float = DRAIN_BEAT_SECONDS,
) -> JobsProcess:
    """A replica of jobs. beat: seconds between saying that it will stop and stopping."""
    return JobsProcess(settings, registry, beat)


def _roles_from(identity: grpc.aio.Channel) -> AsyncHasRole:
    """Whether a user holds a role, by identity's word; raises RpcError where it gives none."""
    stub = IdentityServiceStub(identity)

    async def has_role(user_id: str, role: str) -> bool:
        number = identity_pb2.Role.Value(f"ROLE_{role.upper()}")
        request = identity_pb2.CheckRoleRequest(user_id=user_id, role=number)
        return (await stub.CheckRole(request)).allowed

    return has_role


async def _run_until_signalled(process: JobsProcess) -> None:
    await process.run(async_stop_event_on_signals())


def main() -> None:
    """Runs jobs until SIGTERM. Raises CannotListen, CertificateProblem."""
    expect_many_objects()
    settings = begin(JobsSettings)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_run_until_signalled(build(settings)))
