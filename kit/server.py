"""gRPC servers as every process of ours runs them.

Mutual TLS, telemetry, refusals and access in this order, health by service name, reflection,
limits, connection age, and a drain that tells probes first.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
from google.protobuf.descriptor import ServiceDescriptor
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection, reflection_pb2_grpc
from prometheus_client import REGISTRY, CollectorRegistry

from kit import tracing
from kit.access import (
    AccessInterceptor,
    AccessRules,
    AsyncAccessInterceptor,
    AsyncHasRole,
    HasRole,
)
from kit.interception import Surrounding
from kit.logging import get_logger
from kit.process import CannotListen, cannot_listen
from kit.reading import AsyncReadingInterceptor, ReadingInterceptor
from kit.refusals import AsyncRefusalInterceptor, Refusal, RefusalInterceptor
from kit.rpc_tracing import AsyncTracingInterceptor, TracingInterceptor
from kit.telemetry import AsyncTelemetryInterceptor, TelemetryInterceptor
from kit.tls import TlsFiles, server_credentials

log = get_logger(__name__)

# The descriptor of a service, its add_…Servicer_to_server, and the servicer.
Service = tuple[ServiceDescriptor, Callable[[Any, Any], None], object]

MOST_BYTES = 4 * 1024 * 1024
# Between NOT_SERVING and the end of accepting calls: time for a prober to see it.
DRAIN_BEAT_SECONDS = 1.0
_READY = health_pb2.HealthCheckResponse.SERVING

_OPTIONS: tuple[tuple[str, int], ...] = (
    ("grpc.max_receive_message_length", MOST_BYTES),
    ("grpc.max_send_message_length", MOST_BYTES),
    # Clients reconnect now and then, so that new replicas get their share; grpcio varies the age by
    # a tenth. The grace outlasts the longest call, a long poll of 20 s.
    ("grpc.max_connection_age_ms", 5 * 60_000),
    ("grpc.max_connection_age_grace_ms", 30_000),
    ("grpc.keepalive_time_ms", 60_000),
    ("grpc.keepalive_timeout_ms", 20_000),
    # Our clients ping every 30 s (kit.channel); more than this is a broken client.
    ("grpc.http2.min_ping_interval_without_data_ms", 10_000),
    ("grpc.keepalive_permit_without_calls", 1),
    # Two processes on one port would share its calls instead of the second failing.
    ("grpc.so_reuseport", 0),
)


class WatchNotOffered(Refusal):
    """Health cannot be watched here; ask with Check."""

    code = grpc.StatusCode.UNIMPLEMENTED


class _Health(health.HealthServicer):  # type: ignore[misc]
    """grpcio's servicer for thread-pool servers, without Watch.

    A watcher holds a thread, or in grpcio's non-blocking variant its lock while a message goes out:
    one that hangs up during a drain then blocks the server for ever (seen with grpcio 1.85).
    """

    def Watch(self, request: Any, context: Any, callback: Any = None) -> Any:  # noqa: N802 (RPC)
        raise WatchNotOffered


class Server:
    """A thread-pool server; `build_server` makes it."""

    def __init__(
        self,
        name: str,
        server: grpc.Server,
        servicer: health.HealthServicer,
        pool: ThreadPoolExecutor,
        port: int,
        beat: float,
    ) -> None:
        self.port = port
        self._name = name
        self._server = server
        self._health = servicer
        self._pool = pool
        self._beat = beat
        self._ready = threading.Event()

    @property
    def ready(self) -> bool:
        """True from start to drain."""
        return self._ready.is_set()

    def start(self) -> None:
        """Begins to accept calls."""
        self._server.start()
        self._ready.set()
        log.info("server_started", server=self._name, port=self.port)

    def stop(self, grace: float) -> None:
        """Drains: NOT_SERVING, a beat, no new calls, and `grace` seconds for those under way.

        Returns when they have ended or the grace is over. grpcio does not end handler threads:
        handlers that wait must watch an event of their own.
        """
        was_ready = self.ready
        self._ready.clear()
        self._health.enter_graceful_shutdown()
        if was_ready:
            time.sleep(self._beat)
        self._server.stop(grace).wait()
        self._pool.shutdown(wait=False, cancel_futures=True)
        log.info("server_stopped", server=self._name)

    def run(self, stop_event: threading.Event, grace: float) -> None:
        """Serves until `stop_event` is set, then drains."""
        if not self.ready:
            self.start()
        stop_event.wait()
        self.stop(grace)


class AsyncServer:
    """An asyncio server; `build_async_server` makes it."""

    def __init__(
        self,
        name: str,
        server: grpc.aio.Server,
        servicer: health.aio.HealthServicer,
        port: int,
        beat: float,
    ) -> None:
        self.port = port
        self._name = name
        self._server = server
        self._health = servicer
        self._beat = beat
        self._ready = False

    @property
    def ready(self) -> bool:
        """True from start to drain."""
        return self._ready

    async def start(self) -> None:
        """Begins to accept calls."""
        await self._server.start()
        self._ready = True
        log.info("server_started", server=self._name, port=self.port)

    async def stop(self, grace: float) -> None:
        """Drains: NOT_SERVING, a beat, no new calls, and `grace` seconds for those under way."""
        was_ready = self._ready
        self._ready = False
        await self._health.enter_graceful_shutdown()
        if was_ready:
            await asyncio.sleep(self._beat)
        await self._server.stop(grace)
        log.info("server_stopped", server=self._name)

    async def run(self, stop_event: asyncio.Event, grace: float) -> None:
        """Serves until `stop_event` is set, then drains."""
        if not self._ready:
            await self.start()
        await stop_event.wait()
        await self.stop(grace)


def build_server(
    name: str,
    *,
    files: TlsFiles,
    host: str,
    port: int,
    services: Sequence[Service],
    has_role: HasRole,
    domain: str,
    max_workers: int = 16,
    max_concurrent_rpcs: int = 200,
    beat: float = DRAIN_BEAT_SECONDS,
    registry: CollectorRegistry = REGISTRY,
) -> Server:
    """A server for short calls, each in a thread of a bounded pool.

    name: the process, whose port the variable <NAME>_PORT sets. host: an address, or
    "unix:<path>". port: 0 takes a free one, see `Server.port`. domain: of its refusals.
    max_concurrent_rpcs: calls beyond are answered RESOURCE_EXHAUSTED at once.
    Raises CannotListen and CertificateProblem, both in one line.
    """
    pool = ThreadPoolExecutor(max_workers, thread_name_prefix=name)
    server = grpc.server(pool, options=_OPTIONS, maximum_concurrent_rpcs=max_concurrent_rpcs)
    surrounding = Surrounding(
        server,
        [
            *([TracingInterceptor()] if tracing.is_on() else []),
            TelemetryInterceptor(registry),
            RefusalInterceptor(domain),
            AccessInterceptor(_rules(services), has_role),
            ReadingInterceptor(),
        ],
    )
    servicer = _Health(experimental_non_blocking=False)
    for service in _names(services):
        servicer.set(service, _READY)
    health_pb2_grpc.add_HealthServicer_to_server(servicer, surrounding)
    _add(surrounding, services, reflection.ReflectionServicer)
    bound = _bind(server, name, host, port, server_credentials(files, registry))
    return Server(name, server, servicer, pool, bound, beat)


async def build_async_server(
    name: str,
    *,
    files: TlsFiles,
    host: str,
    port: int,
    services: Sequence[Service],
    has_role: AsyncHasRole,
    domain: str,
    max_concurrent_rpcs: int = 1000,
    beat: float = DRAIN_BEAT_SECONDS,
    registry: CollectorRegistry = REGISTRY,
) -> AsyncServer:
    """A server whose calls may wait long without holding a thread; arguments as `build_server`.

    A coroutine because grpc.aio binds its server to the running loop.
    """
    server = grpc.aio.server(options=_OPTIONS, maximum_concurrent_rpcs=max_concurrent_rpcs)
    surrounding = Surrounding(
        server,
        [
            *([AsyncTracingInterceptor()] if tracing.is_on() else []),
            AsyncTelemetryInterceptor(registry),
            AsyncRefusalInterceptor(domain),
            AsyncAccessInterceptor(_rules(services), has_role),
            AsyncReadingInterceptor(),
        ],
    )
    servicer = health.aio.HealthServicer()
    for service in _names(services):
        await servicer.set(service, _READY)
    health_pb2_grpc.add_HealthServicer_to_server(servicer, surrounding)
    _add(surrounding, services, reflection.aio.ReflectionServicer)
    bound = _bind(server, name, host, port, server_credentials(files, registry))
    return AsyncServer(name, server, servicer, bound, beat)


def _rules(services: Sequence[Service]) -> AccessRules:
    rules = AccessRules.of(*(descriptor for descriptor, _, _ in services))
    for method in rules.without_rule:
        log.error("method_without_rule", method=method)
    return rules


def _names(services: Sequence[Service]) -> list[str]:
    return [descriptor.full_name for descriptor, _, _ in services]


def _add(
    surrounding: Surrounding, services: Sequence[Service], reflecting: Callable[[Any], object]
) -> None:
    for _, add, servicer in services:
        add(servicer, surrounding)
    known = (*_names(services), health.SERVICE_NAME, reflection.SERVICE_NAME)
    reflection_pb2_grpc.add_ServerReflectionServicer_to_server(reflecting(known), surrounding)


def _bind(
    server: grpc.Server | grpc.aio.Server,
    name: str,
    host: str,
    port: int,
    credentials: grpc.ServerCredentials,
) -> int:
    """The port that was opened; 0 for a unix socket."""
    unix = host.startswith("unix:")
    address = host if unix else f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    try:
        bound = server.add_secure_port(address, credentials)
    except RuntimeError as error:
        if unix:
            raise CannotListen(f"cannot listen on {host}") from error
        raise cannot_listen(host, port, f"{name.upper()}_PORT") from error
    return 0 if unix else bound
