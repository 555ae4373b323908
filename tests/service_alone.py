"""A service of its own: on a real database, reached over a unix socket.

A conftest imports these fixtures and says with `service` whose they are; pytest-grpc serves.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from kit.clock import FixedClock
from kit.database import Database
from kit.refusals import RefusalInterceptor
from tests.databases import Databases

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Service:
    """name: also its schema. add_to_server, stub: as generated from its contract."""

    name: str
    audit: sa.Table
    add_to_server: Callable[..., None]
    stub: type[Any]


@pytest.fixture(scope="module")
def database(databases: Databases, service: Service) -> Iterator[Database]:
    urls = databases[service.name]
    database = Database(service.name, urls.writer, urls.reader, audit=service.audit)
    yield database
    database.dispose()


@pytest.fixture(scope="module")
def clock() -> FixedClock:
    return FixedClock(START)


@pytest.fixture(scope="module")
def grpc_addr(service: Service) -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="respite-") as folder:
        yield f"unix:{folder}/{service.name}"


@pytest.fixture(scope="module")
def grpc_interceptors(service: Service) -> list[RefusalInterceptor]:
    return [RefusalInterceptor(service.name)]


@pytest.fixture(scope="module")
def grpc_add_to_server(service: Service) -> Callable[..., None]:
    return service.add_to_server


@pytest.fixture(scope="module")
def grpc_stub_cls(service: Service) -> type[Any]:
    return service.stub
