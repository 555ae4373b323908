"""The billing process: `respite serve billing`."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

from prometheus_client import REGISTRY, CollectorRegistry
from pydantic import Field, SecretStr, field_validator

from kit.clock import Clock
from kit.process import stop_event_on_signals
from protos.billing.v1 import billing_pb2
from protos.billing.v1.billing_pb2_grpc import add_BillingServiceServicer_to_server
from respite.roles import identity_channel, roles_from
from respite.service import ServiceProcess, open_database, open_service
from respite.settings import DatabaseUrl, ProcessSettings
from respite.starting import begin
from services.billing.service import BillingServicer
from services.billing.stripe_client import StripeApi
from services.billing.stripe_pages import CheckoutTerms
from services.billing.tables import audit_records


class BillingSettings(ProcessSettings):
    """What billing is told by its environment."""

    process: ClassVar[str] = "billing"

    billing_port: int = Field(default=50054, ge=0, le=65535)
    billing_metrics_port: int = Field(default=9054, ge=0, le=65535)
    billing_database_url: DatabaseUrl
    billing_reader_database_url: DatabaseUrl
    billing_read_database_url: DatabaseUrl | None = None
    identity_address: str = "dns:///localhost:50051"

    stripe_secret_key: SecretStr
    stripe_price_id: str
    # Where the checkout page leads back to; a page of the gateway's where they are not set.
    stripe_success_url: str = ""
    stripe_cancel_url: str = ""
    public_url: str = "http://localhost:8080"
    # Access after a missed payment, counted from the creation of its invoice.
    past_due_grace_days: float = Field(default=7.0, ge=0, le=60)

    @field_validator("stripe_base_url", "stripe_success_url", "stripe_cancel_url", "public_url")
    @classmethod
    def _is_a_url(cls, value: str) -> str:
        if value and not value.startswith(("https://", "http://")):
            raise ValueError("must begin with https:// or http://")
        return value

    def terms(self) -> CheckoutTerms:
        """What a checkout page sells and where it leads back to."""
        return CheckoutTerms(
            self.stripe_price_id,
            self.stripe_success_url or f"{self.public_url.rstrip('/')}/subscribed",
            self.stripe_cancel_url or f"{self.public_url.rstrip('/')}/not-subscribed",
        )


def build(
    settings: BillingSettings,
    *,
    clock: Clock | None = None,
    registry: CollectorRegistry = REGISTRY,
    **server_options: Any,
) -> ServiceProcess:
    """Billing with its ports open. Raises CannotListen, CertificateProblem.

    clock: domain time, by default the settings'. server_options: see `kit.server.build_server`.
    """
    database = open_database(
        "billing",
        settings.billing_database_url,
        settings.billing_reader_database_url,
        settings.billing_read_database_url,
        audit=audit_records,
    )
    stripe = StripeApi(
        settings.stripe_secret_key.get_secret_value(), settings.terms(), settings.stripe_base_url
    )
    grace = timedelta(days=settings.past_due_grace_days)
    servicer = BillingServicer(database, clock or settings.clock(), stripe, grace)
    identity = identity_channel(settings.identity_address, settings.tls_files())
    descriptor = billing_pb2.DESCRIPTOR.services_by_name["BillingService"]
    return open_service(
        settings,
        database,
        (descriptor, add_BillingServiceServicer_to_server, servicer),
        port=settings.billing_port,
        metrics_port=settings.billing_metrics_port,
        has_role=roles_from(identity),
        close=identity.close,
        registry=registry,
        **server_options,
    )


def main() -> None:
    """Runs billing until SIGTERM. Raises CannotListen, CertificateProblem."""
    build(begin(BillingSettings)).run(stop_event_on_signals())
