"""The billing service on a real database and the sandbox's Stripe, reached over a unix socket."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from kit.clock import FixedClock
from kit.database import Database
from kit.refusals import RefusalInterceptor
from protos.billing.v1.billing_pb2_grpc import (
    BillingServiceStub,
    add_BillingServiceServicer_to_server,
)
from services.billing.service import BillingServicer
from services.billing.tables import audit_records
from tests.billing.stripe_sandbox import StripeSandbox
from tests.databases import Databases


@pytest.fixture(scope="module")
def database(databases: Databases) -> Iterator[Database]:
    urls = databases["billing"]
    database = Database("billing", urls.writer, urls.reader, audit=audit_records)
    yield database
    database.dispose()


@pytest.fixture(scope="module")
def clock() -> FixedClock:
    """Stands at the time of the sandbox's Stripe, to the second."""
    return FixedClock(datetime.now(UTC).replace(microsecond=0))


@pytest.fixture(scope="module")
def stripe_sandbox() -> Iterator[StripeSandbox]:
    sandbox = StripeSandbox()
    sandbox.start()
    yield sandbox
    sandbox.stop()


@pytest.fixture
def stripe(stripe_sandbox: StripeSandbox) -> StripeSandbox:
    """A Stripe where nobody has paid and nothing goes wrong."""
    stripe_sandbox.reset()
    return stripe_sandbox


@pytest.fixture(scope="module")
def grpc_addr() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="respite-") as folder:
        yield f"unix:{folder}/billing"


@pytest.fixture(scope="module")
def grpc_interceptors() -> list[RefusalInterceptor]:
    return [RefusalInterceptor("billing")]


@pytest.fixture(scope="module")
def grpc_servicer(
    database: Database, clock: FixedClock, stripe_sandbox: StripeSandbox
) -> BillingServicer:
    return BillingServicer(database, clock, stripe_sandbox.api())


@pytest.fixture(scope="module")
def grpc_add_to_server() -> Callable[..., None]:
    return add_BillingServiceServicer_to_server


@pytest.fixture(scope="module")
def grpc_stub_cls() -> type[Any]:
    return BillingServiceStub


@pytest.fixture
def billing(
    grpc_stub: BillingServiceStub,
    truncate: Callable[[str], None],
    stripe: StripeSandbox,
    clock: FixedClock,
) -> BillingServiceStub:
    """A client of the service, whose database is empty and whose clock is Stripe's."""
    truncate("billing")
    now = datetime.now(UTC).replace(microsecond=0)
    clock.advance(now - clock.now())
    return grpc_stub
