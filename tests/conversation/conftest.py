"""The conversation service on a real database, reached over a unix socket."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from kit.clock import FixedClock
from kit.database import Database
from kit.refusals import RefusalInterceptor
from protos.conversation.v1.conversation_pb2_grpc import (
    ConversationServiceStub,
    add_ConversationServiceServicer_to_server,
)
from services.conversation.model.admission import Limits
from services.conversation.service import ConversationServicer
from services.conversation.tables import audit_records
from tests.databases import Databases

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def database(databases: Databases) -> Iterator[Database]:
    urls = databases["conversation"]
    database = Database("conversation", urls.writer, urls.reader, audit=audit_records)
    yield database
    database.dispose()


@pytest.fixture(scope="module")
def clock() -> FixedClock:
    return FixedClock(START)


@pytest.fixture(scope="module")
def grpc_addr() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="respite-") as folder:
        yield f"unix:{folder}/conversation"


@pytest.fixture(scope="module")
def grpc_interceptors() -> list[RefusalInterceptor]:
    return [RefusalInterceptor("conversation")]


@pytest.fixture(scope="module")
def grpc_servicer(database: Database, clock: FixedClock) -> ConversationServicer:
    return ConversationServicer(database, clock, Limits(a_minute=2, a_day=3))


@pytest.fixture(scope="module")
def grpc_add_to_server() -> Callable[..., None]:
    return add_ConversationServiceServicer_to_server


@pytest.fixture(scope="module")
def grpc_stub_cls() -> type[Any]:
    return ConversationServiceStub


@pytest.fixture
def conversation(
    grpc_stub: ConversationServiceStub, truncate: Callable[[str], None]
) -> ConversationServiceStub:
    """A client of the service, whose database is empty."""
    truncate("conversation")
    return grpc_stub
