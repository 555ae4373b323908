"""The conversation service on a real database, reached over a unix socket."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kit.clock import FixedClock
from kit.database import Database
from protos.conversation.v1.conversation_pb2_grpc import (
    ConversationServiceStub,
    add_ConversationServiceServicer_to_server,
)
from services.conversation.model.admission import Limits
from services.conversation.service import ConversationServicer
from services.conversation.tables import audit_records
from tests.service_alone import (
    Service,
    clock,
    database,
    grpc_add_to_server,
    grpc_addr,
    grpc_interceptors,
    grpc_stub_cls,
)

__all__ = [
    "clock",
    "database",
    "grpc_add_to_server",
    "grpc_addr",
    "grpc_interceptors",
    "grpc_stub_cls",
]


@pytest.fixture(scope="module")
def service() -> Service:
    return Service(
        "conversation",
        audit_records,
        add_ConversationServiceServicer_to_server,
        ConversationServiceStub,
    )


@pytest.fixture(scope="module")
def grpc_servicer(database: Database, clock: FixedClock) -> ConversationServicer:
    return ConversationServicer(database, clock, Limits(a_minute=2, a_day=3))


@pytest.fixture
def conversation(
    grpc_stub: ConversationServiceStub, truncate: Callable[[str], None]
) -> ConversationServiceStub:
    """A client of the service, whose database is empty."""
    truncate("conversation")
    return grpc_stub
