"""The identity service on a real database, reached over a unix socket."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from kit.clock import FixedClock
from kit.database import Database
from kit.refusals import RefusalInterceptor
from protos.identity.v1.identity_pb2_grpc import (
    IdentityServiceStub,
    add_IdentityServiceServicer_to_server,
)
from services.identity.service import IdentityServicer
from services.identity.tables import audit_records
from tests.databases import Databases

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def database(databases: Databases) -> Iterator[Database]:
    urls = databases["identity"]
    database = Database("identity", urls.writer, urls.reader, audit=audit_records)
    yield database
    database.dispose()


@pytest.fixture(scope="module")
def clock() -> FixedClock:
    return FixedClock(START)


@pytest.fixture(scope="module")
def grpc_addr() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="respite-") as folder:
        yield f"unix:{folder}/identity"


@pytest.fixture(scope="module")
def grpc_interceptors() -> list[RefusalInterceptor]:
    return [RefusalInterceptor("identity")]


@pytest.fixture(scope="module")
def grpc_servicer(database: Database, clock: FixedClock) -> IdentityServicer:
    return IdentityServicer(database, clock)


@pytest.fixture(scope="module")
def grpc_add_to_server() -> Callable[..., None]:
    return add_IdentityServiceServicer_to_server


@pytest.fixture(scope="module")
def grpc_stub_cls() -> type[Any]:
    return IdentityServiceStub


@pytest.fixture
def identity(
    grpc_stub: IdentityServiceStub, truncate: Callable[[str], None]
) -> IdentityServiceStub:
    """A client of the service, whose database is empty."""
    truncate("identity")
    return grpc_stub
