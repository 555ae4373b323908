"""The profile service on a real database, reached over a unix socket."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kit.clock import FixedClock
from kit.database import Database
from protos.profile.v1.profile_pb2_grpc import (
    ProfileServiceStub,
    add_ProfileServiceServicer_to_server,
)
from services.profile.service import ProfileServicer
from services.profile.tables import audit_records
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
        "profile", audit_records, add_ProfileServiceServicer_to_server, ProfileServiceStub
    )


@pytest.fixture(scope="module")
def grpc_servicer(database: Database, clock: FixedClock) -> ProfileServicer:
    return ProfileServicer(database, clock)


@pytest.fixture
def profile(grpc_stub: ProfileServiceStub, truncate: Callable[[str], None]) -> ProfileServiceStub:
    """A client of the service, whose database is empty."""
    truncate("profile")
    return grpc_stub
