"""The billing service on a real database and the sandbox's Stripe, reached over a unix socket."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from kit.clock import FixedClock
from kit.database import Database
from protos.billing.v1.billing_pb2_grpc import (
    BillingServiceStub,
    add_BillingServiceServicer_to_server,
)
from services.billing.service import BillingServicer
from services.billing.tables import audit_records
from tests.billing.stripe_sandbox import StripeSandbox
from tests.service_alone import (
    Service,
    database,
    grpc_add_to_server,
    grpc_addr,
    grpc_interceptors,
    grpc_stub_cls,
)

__all__ = ["database", "grpc_add_to_server", "grpc_addr", "grpc_interceptors", "grpc_stub_cls"]


@pytest.fixture(scope="module")
def service() -> Service:
    return Service(
        "billing", audit_records, add_BillingServiceServicer_to_server, BillingServiceStub
    )


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
def grpc_servicer(
    database: Database, clock: FixedClock, stripe_sandbox: StripeSandbox
) -> BillingServicer:
    return BillingServicer(database, clock, stripe_sandbox.api())


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
