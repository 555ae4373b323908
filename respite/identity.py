"""The identity process: `respite serve identity`."""

from __future__ import annotations

from typing import Any, ClassVar, Final
from uuid import UUID

from phonenumbers import SUPPORTED_REGIONS
from prometheus_client import REGISTRY, CollectorRegistry
from pydantic import Field, SecretStr, field_validator

from kit.clock import Clock
from kit.process import stop_event_on_signals
from protos.identity.v1 import identity_pb2
from protos.identity.v1.identity_pb2_grpc import add_IdentityServiceServicer_to_server
from respite.service import ServiceProcess, open_database, open_service
from respite.settings import DatabaseUrl, ProcessSettings
from respite.starting import begin
from services.identity import model
from services.identity.service import IdentityServicer
from services.identity.suppression import Suppression
from services.identity.tables import audit_records
from services.identity.user import Role

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

    clock: domain time, by default the settings'. server_options: see `kit.server.build_server`.
    """
    database = open_database(
        "identity",
        settings.identity_database_url,
        settings.identity_reader_database_url,
        settings.identity_read_database_url,
        audit=audit_records,
    )

    def has_role(user_id: str, role: str) -> bool:
        """Identity asks its own database: it cannot depend on itself being up."""
        with database.reader() as db:
            return model.has_role(db, UUID(user_id), Role(role))

    suppression = Suppression(settings.suppression_key.get_secret_value().encode())
    servicer = IdentityServicer(
        database, clock or settings.clock(), settings.default_region, suppression
    )
    descriptor = identity_pb2.DESCRIPTOR.services_by_name["IdentityService"]
    return open_service(
        settings,
        database,
        (descriptor, add_IdentityServiceServicer_to_server, servicer),
        port=settings.identity_port,
        metrics_port=settings.identity_metrics_port,
        has_role=has_role,
        registry=registry,
        **server_options,
    )


def main() -> None:
    """Runs identity until SIGTERM. Raises CannotListen, CertificateProblem."""
    build(begin(IdentitySettings)).run(stop_event_on_signals())
