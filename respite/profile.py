"""The profile process: `respite serve profile`."""

from __future__ import annotations

from typing import Any, ClassVar

from prometheus_client import REGISTRY, CollectorRegistry
from pydantic import Field

from kit.clock import Clock
from kit.process import stop_event_on_signals
from protos.profile.v1 import profile_pb2
from protos.profile.v1.profile_pb2_grpc import add_ProfileServiceServicer_to_server
from respite.roles import identity_channel, roles_from
from respite.service import ServiceProcess, open_database, open_service
from respite.settings import DatabaseUrl, ProcessSettings
from respite.starting import begin
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

    clock: domain time, by default the settings'. server_options: see `kit.server.build_server`.
    """
    database = open_database(
        "profile",
        settings.profile_database_url,
        settings.profile_reader_database_url,
        settings.profile_read_database_url,
        audit=audit_records,
    )
    clock = clock or settings.clock()
    measure_crises(database, clock, registry)
    servicer = ProfileServicer(database, clock)
    identity = identity_channel(settings.identity_address, settings.tls_files())
    descriptor = profile_pb2.DESCRIPTOR.services_by_name["ProfileService"]
    return open_service(
        settings,
        database,
        (descriptor, add_ProfileServiceServicer_to_server, servicer),
        port=settings.profile_port,
        metrics_port=settings.profile_metrics_port,
        has_role=roles_from(identity),
        close=identity.close,
        registry=registry,
        **server_options,
    )


def main() -> None:
    """Runs profile until SIGTERM. Raises CannotListen, CertificateProblem."""
    build(begin(ProfileSettings)).run(stop_event_on_signals())
