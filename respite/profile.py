"""The profile process: `respite serve profile`."""

from __future__ import annotations

from typing import Any, ClassVar

from prometheus_client import REGISTRY, CollectorRegistry
from pydantic import Field

from kit.clock import Clock, SystemClock
from kit.database import Database
from kit.logging import configure_logging
from kit.process import stop_event_on_signals
from kit.server import build_server
from kit.settings import load
from kit.tracing import start_tracing
from protos.profile.v1 import profile_pb2
from protos.profile.v1.profile_pb2_grpc import add_ProfileServiceServicer_to_server
from respite.roles import identity_channel, roles_from
from respite.service import ServiceProcess
from respite.settings import DatabaseUrl, ProcessSettings
from services.profile.metrics import measure_crises
from services.profile.service import ProfileServicer
from services.profile.tables import audit_records


class ProfileSettings(ProcessSettings):
    """What profile is told by its environment."""

    process: ClassVar[str] = "profile"

    profile_port: int = Field(default=50052, ge=0, le=65535)
    profile_metrics_port: int = Field(default=9052, ge=0, le=65535)
    profile_database_url: DatabaseUrl
    profile_reader_database_url: DatabaseUrl
    profile_read_database_url: DatabaseUrl | None = None
    identity_address: str = "dns:///localhost:50051"


def build(
    settings: ProfileSettings,
    *,
    clock: Clock | None = None,
    registry: CollectorRegistry = REGISTRY,
    **server_options: Any,
) -> ServiceProcess:
    """Profile with its ports open. Raises CannotListen, CertificateProblem.

    clock: domain time, by default the machine's. server_options: see `kit.server.build_server`.
    """
    files = settings.tls_files()
    replica = settings.profile_read_database_url
    database = Database(
        "profile",
        settings.profile_database_url.get_secret_value(),
        settings.profile_reader_database_url.get_secret_value(),
        replica.get_secret_value() if replica else None,
        audit=audit_records,
    )
    clock = clock or SystemClock()
    measure_crises(database, clock, registry)
    servicer = ProfileServicer(database, clock)
    identity = identity_channel(settings.identity_address, files)
    descriptor = profile_pb2.DESCRIPTOR.services_by_name["ProfileService"]
    server = build_server(
        "profile",
        files=files,
        host=settings.bind_host,
        port=settings.profile_port,
        services=[(descriptor, add_ProfileServiceServicer_to_server, servicer)],
        has_role=roles_from(identity),
        domain="profile",
        registry=registry,
        **server_options,
    )
    return ServiceProcess(
        server,
        database,
        host=settings.bind_host,
        metrics_port=settings.profile_metrics_port,
        variable="PROFILE_METRICS_PORT",
        close=identity.close,
        registry=registry,
    )


def main() -> None:
    """Runs profile until SIGTERM. Raises CannotListen, CertificateProblem."""
    settings = load(ProfileSettings)
    configure_logging("profile", settings.log_level, settings.log_format)
    start_tracing("profile", settings.otel_exporter_otlp_endpoint)
    build(settings).run(stop_event_on_signals())
