"""The identity process: `respite serve identity`."""

from __future__ import annotations

from typing import Any, ClassVar, Final
from uuid import UUID

from phonenumbers import SUPPORTED_REGIONS
from prometheus_client import REGISTRY, CollectorRegistry
from pydantic import Field, SecretStr, field_validator

from kit.clock import Clock, SystemClock
from kit.database import Database
from kit.logging import configure_logging
from kit.process import stop_event_on_signals
from kit.server import build_server
from kit.settings import load
from kit.tracing import start_tracing
from protos.identity.v1 import identity_pb2
from protos.identity.v1.identity_pb2_grpc import add_IdentityServiceServicer_to_server
from respite.service import ServiceProcess
from respite.settings import DatabaseUrl, ProcessSettings
from services.identity import model
from services.identity.service import IdentityServicer
from services.identity.suppression import Suppression
from services.identity.tables import audit_records

SHORTEST_KEY: Final = 16
"""Characters. Numbers are few: what hides them must not be guessed as well."""


class IdentitySettings(ProcessSettings):
    """What identity is told by its environment."""

    process: ClassVar[str] = "identity"

    identity_port: int = Field(default=50051, ge=0, le=65535)
    identity_metrics_port: int = Field(default=9051, ge=0, le=65535)
    identity_database_url: DatabaseUrl
    identity_reader_database_url: DatabaseUrl
    identity_read_database_url: DatabaseUrl | None = None
    default_region: str = "US"
    # Keyed hash of the numbers of erased people who had opted out; must never change.
    suppression_key: SecretStr = Field(min_length=SHORTEST_KEY)

    @field_validator("default_region")
    @classmethod
    def _is_a_region(cls, value: str) -> str:
        if value not in SUPPORTED_REGIONS:
            raise ValueError("must be a country by its two letters, such as US")
        return value


def build(
    settings: IdentitySettings,
    *,
    clock: Clock | None = None,
    registry: CollectorRegistry = REGISTRY,
    **server_options: Any,
) -> ServiceProcess:
    """Identity with its ports open. Raises CannotListen, CertificateProblem.

    clock: domain time, by default the machine's. server_options: see `kit.server.build_server`.
    """
    replica = settings.identity_read_database_url
    database = Database(
        "identity",
        settings.identity_database_url.get_secret_value(),
        settings.identity_reader_database_url.get_secret_value(),
        replica.get_secret_value() if replica else None,
        audit=audit_records,
    )

    def has_role(user_id: str, role: str) -> bool:
        """Identity asks its own database: it cannot depend on itself being up."""
        with database.reader() as db:
            return model.has_role(db, UUID(user_id), model.Role(role))

    suppression = Suppression(settings.suppression_key.get_secret_value().encode())
    servicer = IdentityServicer(
        database, clock or SystemClock(), settings.default_region, suppression
    )
    descriptor = identity_pb2.DESCRIPTOR.services_by_name["IdentityService"]
    server = build_server(
        "identity",
        files=settings.tls_files(),
        host=settings.bind_host,
        port=settings.identity_port,
        services=[(descriptor, add_IdentityServiceServicer_to_server, servicer)],
        has_role=has_role,
        domain="identity",
        registry=registry,
        **server_options,
    )
    return ServiceProcess(
        server,
        database,
        host=settings.bind_host,
        metrics_port=settings.identity_metrics_port,
        variable="IDENTITY_METRICS_PORT",
        registry=registry,
    )


def main() -> None:
    """Runs identity until SIGTERM. Raises CannotListen, CertificateProblem."""
    settings = load(IdentitySettings)
    configure_logging("identity", settings.log_level, settings.log_format)
    start_tracing("identity", settings.otel_exporter_otlp_endpoint)
    build(settings).run(stop_event_on_signals())
