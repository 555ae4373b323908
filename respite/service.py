"""A process that answers in threads: its server, its probes and its database, as one thing."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from prometheus_client import REGISTRY, CollectorRegistry

from kit.access import HasRole
from kit.audit import AuditTable
from kit.database import Database
from kit.database_telemetry import measure_database
from kit.server import Server, Service, build_server
from kit.telemetry import HealthServer
from respite.settings import DatabaseUrl, ProcessSettings

GRACE_SECONDS = 20.0  # longer than any short call's deadline


class ServiceProcess:
    """A service with its ports open; `open_service` makes it.

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


def open_database(
    name: str,
    writer: DatabaseUrl,
    reader: DatabaseUrl,
    replica: DatabaseUrl | None,
    *,
    audit: AuditTable,
    **options: Any,
) -> Database:
    """The database of the service `name`. options: see `kit.database.Database`."""
    return Database(
        name,
        writer.get_secret_value(),
        reader.get_secret_value(),
        replica.get_secret_value() if replica else None,
        audit=audit,
        **options,
    )


def open_service(
    settings: ProcessSettings,
    database: Database,
    service: Service,
    *,
    port: int,
    metrics_port: int,
    has_role: HasRole,
    close: Callable[[], None] = lambda: None,
    registry: CollectorRegistry = REGISTRY,
    **server_options: Any,
) -> ServiceProcess:
    """The process that `settings` are of, with its ports open.

    service, has_role, server_options: see `kit.server.build_server`; close: see ServiceProcess.
    Raises CannotListen, CertificateProblem.
    """
    name = settings.process
    server = build_server(
        name,
        files=settings.tls_files(),
        host=settings.bind_host,
        port=port,
        services=[service],
        has_role=has_role,
        domain=name,
        registry=registry,
        **server_options,
    )
    return ServiceProcess(
        server,
        database,
        host=settings.bind_host,
        metrics_port=metrics_port,
        variable=f"{name.upper()}_METRICS_PORT",
        close=close,
        registry=registry,
    )
