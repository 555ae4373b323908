"""The identity service on a real database, reached over a unix socket."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kit.clock import FixedClock
from kit.database import Database
from protos.identity.v1.identity_pb2_grpc import (
    IdentityServiceStub,
    add_IdentityServiceServicer_to_server,
)
from services.identity.service import IdentityServicer
from services.identity.tables import audit_records
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
        "identity", audit_records, add_IdentityServiceServicer_to_server, IdentityServiceStub
    )


@pytest.fixture(scope="module")
def grpc_servicer(database: Database, clock: FixedClock) -> IdentityServicer:
    return IdentityServicer(database, clock)


@pytest.fixture
def identity(
    grpc_stub: IdentityServiceStub, truncate: Callable[[str], None]
) -> IdentityServiceStub:
    """A client of the service, whose database is empty."""
    truncate("identity")
    return grpc_stub
