"""Prometheus metrics of every process, and the plain HTTP port that probes and scrapers read."""

from __future__ import annotations

import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from weakref import WeakKeyDictionary

import grpc
from prometheus_client import (
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from kit.certificates import CertificateFacts
from kit.interception import AsyncInterceptor, Context, Interceptor
from kit.logging import describe_error, get_logger
from kit.process import cannot_listen

log = get_logger(__name__)

# From a primary-key read to a long poll (20 s).
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25)
_CODES = {code.value[0]: code.name for code in grpc.StatusCode}


class KitMetrics:
    """The metrics of this kit in one registry; `kit_metrics` makes them once per registry."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.handled = Counter(
            "respite_rpc_server_handled",
            "Calls answered by this process.",
            ["service", "method", "code"],
            registry=registry,
        )
        self.seconds = Histogram(
            "respite_rpc_server_seconds",
            "Time from a call's arrival at its handler to its answer.",
            ["service", "method"],
            buckets=_SECONDS,
            registry=registry,
        )
        self.in_flight = Gauge(
            "respite_rpc_server_in_flight",
            "Calls being served.",
            ["service"],
            registry=registry,
        )
        self.client_handled = Counter(
            "respite_rpc_client_handled",
            "Calls that this process made, by what they ended in.",
            ["service", "method", "code"],
            registry=registry,
        )
        self.client_seconds = Histogram(
            "respite_rpc_client_seconds",
            "Time from a call of this process to its end, repetitions included.",
            ["service", "method"],
            buckets=_SECONDS,
            registry=registry,
        )
        self.certificate_start = Gauge(
            "respite_certificate_not_before_timestamp_seconds",
            "Start of validity of the certificate in use (not of the file).",
            ["certificate"],
            registry=registry,
        )
        self.certificate_end = Gauge(
            "respite_certificate_not_after_timestamp_seconds",
            "End of validity of the certificate in use (not of the file).",
            ["certificate"],
            registry=registry,
        )


_made: WeakKeyDictionary[CollectorRegistry, KitMetrics] = WeakKeyDictionary()
_making = threading.Lock()


def kit_metrics(registry: CollectorRegistry = REGISTRY) -> KitMetrics:
    """The kit's metrics in `registry`, so that several servers can live in one process."""
    with _making:
        metrics = _made.get(registry)
        if metrics is None:
            metrics = _made[registry] = KitMetrics(registry)
        return metrics


def measure_certificate(facts: CertificateFacts, registry: CollectorRegistry = REGISTRY) -> None:
    """Publishes the validity of a certificate that has come into use."""
    metrics = kit_metrics(registry)
    metrics.certificate_start.labels(facts.name).set(facts.not_before.timestamp())
    metrics.certificate_end.labels(facts.name).set(facts.not_after.timestamp())


class _Meter:
    """Measures the calls of one method."""

    def __init__(self, metrics: KitMetrics, method: str) -> None:
        service, _, name = method.removeprefix("/").partition("/")
        self._seconds = metrics.seconds.labels(service, name)
        self._in_flight = metrics.in_flight.labels(service)
        self._handled = cache(lambda code: metrics.handled.labels(service, name, code))
        self._handled(grpc.StatusCode.INTERNAL.name)  # as 0: an alert goes by the first one, too

    def begin(self) -> float:
        self._in_flight.inc()
        return time.perf_counter()

    def end(self, started: float, code: str) -> None:
        self._in_flight.dec()
        self._seconds.observe(time.perf_counter() - started)
        self._handled(code).inc()


def code_of(context: Context, otherwise: grpc.StatusCode) -> str:
    """The name of the status that the call ends with; `otherwise` if nobody set one."""
    code = context.code()
    if code is None:
        return otherwise.name
    return code.name if isinstance(code, grpc.StatusCode) else _CODES.get(code, "UNKNOWN")


class TelemetryInterceptor(Interceptor):
    """Counts and times the calls of a thread-pool server. Stands outermost."""

    def __init__(self, registry: CollectorRegistry = REGISTRY) -> None:
        super().__init__()
        self._meter = cache(lambda method: _Meter(kit_metrics(registry), method))

    @contextmanager
    def around(self, method: str, request: Any, context: Context) -> Iterator[None]:
        """Measures one call."""
        meter = self._meter(method)
        started = meter.begin()
        ending = grpc.StatusCode.CANCELLED
        try:
            yield
            ending = grpc.StatusCode.OK
        except Exception:
            ending = grpc.StatusCode.UNKNOWN
            raise
        finally:
            meter.end(started, code_of(context, ending))


class AsyncTelemetryInterceptor(AsyncInterceptor):
    """Counts and times the calls of an asyncio server. Stands outermost."""

    def __init__(self, registry: CollectorRegistry = REGISTRY) -> None:
        super().__init__()
        self._meter = cache(lambda method: _Meter(kit_metrics(registry), method))

    def around(self, method: str, request: Any, context: Context) -> _Measuring:
        """Measures one call."""
        return _Measuring(self._meter(method), context)


class _Measuring:
    """One call; written out, for a generator costs a call three times as much."""

    __slots__ = ("_context", "_meter", "_started")

    def __init__(self, meter: _Meter, context: Context) -> None:
        self._meter = meter
        self._context = context
        self._started = 0.0

    async def __aenter__(self) -> None:
        self._started = self._meter.begin()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        ending = grpc.StatusCode.OK
        if error is not None:
            failed = isinstance(error, Exception)
            ending = grpc.StatusCode.UNKNOWN if failed else grpc.StatusCode.CANCELLED
        self._meter.end(self._started, code_of(self._context, ending))


class _HealthHttpServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], handler: Callable[..., BaseHTTPRequestHandler]):
        if ":" in address[0]:
            self.address_family = socket.AF_INET6
        super().__init__(address, handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A probe that hangs up half way is no error of ours; anything else is logged as one."""
        error = sys.exception()
        if not isinstance(error, ConnectionError | TimeoutError):
            log.error("probe_failed", exc_info=error)


class _HealthHandler(BaseHTTPRequestHandler):
    # A client that sends nothing gives its thread back.
    timeout = 5
    protocol_version = "HTTP/1.1"
    server_version = "respite"
    sys_version = ""

    def __init__(
        self, ready: Callable[[], bool], registry: CollectorRegistry, *arguments: Any
    ) -> None:
        self._ready = ready
        self._registry = registry
        super().__init__(*arguments)

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path == "/metrics":
            self._answer(200, generate_latest(self._registry), CONTENT_TYPE_PLAIN_0_0_4)
        elif path == "/healthz":
            self._answer(200, b"alive\n")
        elif path == "/readyz":
            ready = self._is_ready()
            self._answer(200 if ready else 503, b"ready\n" if ready else b"not ready\n")
        else:
            self._answer(404, b"not found\n")

    def do_HEAD(self) -> None:
        self.do_GET()

    def _is_ready(self) -> bool:
        try:
            return self._ready()
        except Exception as error:
            log.warning("readiness_unknown", error=describe_error(error))
            return False

    def _answer(self, status: int, body: bytes, kind: str = "text/plain; charset=utf-8") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_arguments: Any) -> None:
        """Probes come every few seconds; they are not events."""


class HealthServer:
    """Plain HTTP on a thread: /metrics, /healthz (alive), /readyz (takes work).

    variable: the environment variable that moves the port, for the error when it is taken.
    """

    def __init__(
        self,
        host: str,
        port: int,
        ready: Callable[[], bool],
        *,
        registry: CollectorRegistry = REGISTRY,
        variable: str = "",
    ) -> None:
        """Opens the port (0 takes a free one, see `port`). Raises CannotListen."""
        try:
            self._server = _HealthHttpServer((host, port), partial(_HealthHandler, ready, registry))
        except OSError as error:
            raise cannot_listen(host, port, variable) from error
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.1,), name="health", daemon=True
        )

    def start(self) -> None:
        """Begins to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Closes the port."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()
