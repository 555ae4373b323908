"""The profile service on a real database, reached over a unix socket."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from kit.clock import FixedClock
from kit.database import Database
from kit.refusals import RefusalInterceptor
from protos.profile.v1.profile_pb2_grpc import (
    ProfileServiceStub,
    add_ProfileServiceServicer_to_server,
)
from services.profile.service import ProfileServicer
from services.profile.tables import audit_records
from tests.databases import Databases

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def database(databases: Databases) -> Iterator[Database]:
    urls = databases["profile"]
    database = Database("profile", urls.writer, urls.reader, audit=audit_records)
    yield database
    database.dispose()


@pytest.fixture(scope="module")
def clock() -> FixedClock:
    return FixedClock(START)


@pytest.fixture(scope="module")
def grpc_addr() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="respite-") as folder:
        yield f"unix:{folder}/profile"


@pytest.fixture(scope="module")
def grpc_interceptors() -> list[RefusalInterceptor]:
    return [RefusalInterceptor("profile")]


@pytest.fixture(scope="module")
def grpc_servicer(database: Database, clock: FixedClock) -> ProfileServicer:
    return ProfileServicer(database, clock)


@pytest.fixture(scope="module")
def grpc_add_to_server() -> Callable[..., None]:
    return add_ProfileServiceServicer_to_server


@pytest.fixture(scope="module")
def grpc_stub_cls() -> type[Any]:
    return ProfileServiceStub


@pytest.fixture
def profile(grpc_stub: ProfileServiceStub, truncate: Callable[[str], None]) -> ProfileServiceStub:
    """A client of the service, whose database is empty."""
    truncate("profile")
    return grpc_stub
