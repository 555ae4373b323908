"""The conversation process: `respite serve conversation`."""

from __future__ import annotations

from typing import Any, ClassVar

from prometheus_client import REGISTRY, CollectorRegistry
from pydantic import Field

from kit.clock import Clock
from kit.process import stop_event_on_signals
from protos.conversation.v1 import conversation_pb2
from protos.conversation.v1.conversation_pb2_grpc import add_ConversationServiceServicer_to_server
from respite.roles import identity_channel, roles_from
from respite.service import ServiceProcess, open_database, open_service
from respite.settings import DatabaseUrl, ProcessSettings
from respite.starting import begin
from services.conversation.model.admission import Limits
from services.conversation.model.model_use import TokenLimits
from services.conversation.service import ConversationServicer
from services.conversation.tables import audit_records


class ConversationSettings(ProcessSettings):
    """What conversation is told by its environment."""

    process: ClassVar[str] = "conversation"

    conversation_port: int = Field(default=50053, ge=0, le=65535)
    conversation_metrics_port: int = Field(default=9053, ge=0, le=65535)
    conversation_database_url: DatabaseUrl
    conversation_reader_database_url: DatabaseUrl
    conversation_read_database_url: DatabaseUrl | None = None
    identity_address: str = "dns:///localhost:50051"
    answers_per_minute: int = Field(default=10, ge=1)
    answers_per_day: int = Field(default=60, ge=1)
    outbound_per_hour: int = Field(default=1000, ge=1)
    outbound_segments_per_second: float = Field(default=3, ge=0, allow_inf_nan=False)
    model_tokens_per_day: int = Field(default=20_000_000, ge=1)
    model_tokens_per_person: int = Field(default=500_000, ge=1)

    def limits(self) -> Limits:
        """How many texts of one person are answered, and how many of ours leave."""
        return Limits(
            self.answers_per_minute,
            self.answers_per_day,
            self.outbound_per_hour,
            self.outbound_segments_per_second,
        )

    def tokens(self) -> TokenLimits:
        """What the model may cost in a day."""
        return TokenLimits(self.model_tokens_per_day, self.model_tokens_per_person)


def build(
    settings: ConversationSettings,
    *,
    clock: Clock | None = None,
    registry: CollectorRegistry = REGISTRY,
    **server_options: Any,
) -> ServiceProcess:
    """Conversation with its ports open. Raises CannotListen, CertificateProblem.

    clock: domain time, by default the settings'. server_options: see `kit.server.build_server`.
    """
    database = open_database(
        "conversation",
        settings.conversation_database_url,
        settings.conversation_reader_database_url,
        settings.conversation_read_database_url,
        audit=audit_records,
    )
    servicer = ConversationServicer(
        database, clock or settings.clock(), settings.limits(), settings.tokens()
    )
    identity = identity_channel(settings.identity_address, settings.tls_files())
    descriptor = conversation_pb2.DESCRIPTOR.services_by_name["ConversationService"]
    return open_service(
        settings,
        database,
        (descriptor, add_ConversationServiceServicer_to_server, servicer),
        port=settings.conversation_port,
        metrics_port=settings.conversation_metrics_port,
        has_role=roles_from(identity),
        close=identity.close,
        registry=registry,
        **server_options,
    )


def main() -> None:
    """Runs conversation until SIGTERM. Raises CannotListen, CertificateProblem."""
    build(begin(ConversationSettings)).run(stop_event_on_signals())
