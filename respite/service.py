"""A process that answers in threads: its server, its probes and its database, as one thing."""

from __future__ import annotations

import threading
from collections.abc import Callable

from prometheus_client import REGISTRY, CollectorRegistry

from kit.database import Database
from kit.database_telemetry import measure_database
from kit.server import Server
from kit.telemetry import HealthServer

GRACE_SECONDS = 20.0  # longer than any short call's deadline


class ServiceProcess:
    """A service with its ports open; the `build` of its module makes it.

    metrics_port: of the plain HTTP that probes read, 0 takes a free one. variable: what moves it.
    close: ends what the handlers used, after the last of them. Raises CannotListen.
    """

    def __init__(
        self,
        server: Server,
        database: Database,
        *,
        host: str,
        metrics_port: int,
        variable: str,
        close: Callable[[], None] = lambda: None,
        registry: CollectorRegistry = REGISTRY,
    ) -> None:
        self._server = server
        self._database = database
        self._close = close
        measure_database(database, registry)
        self._health = HealthServer(
            host, metrics_port, self._is_ready, registry=registry, variable=variable
        )
        self.port = server.port
        self.metrics_port = self._health.port

    def start(self) -> None:
        """Begins to answer calls and probes."""
        self._health.start()
        self._server.start()

    def stop(self, grace: float = GRACE_SECONDS) -> None:
        """Drains, at most `grace` seconds long, then closes everything."""
        self._server.stop(grace)
        self._health.stop()
        self._close()
        self._database.dispose()

    def run(self, stop: threading.Event) -> None:
        """Serves until `stop` is set."""
        self.start()
        stop.wait()
        self.stop()

    def _is_ready(self) -> bool:
        return self._server.ready and self._database.ping()
