"""The four services on real databases and one real socket, for workflows to call."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from kit.clock import FixedClock
from kit.database import Database
from services.billing.service import BillingServicer
from services.billing.tables import audit_records as billing_audit
from services.conversation.model.admission import Limits
from services.conversation.service import ConversationServicer
from services.conversation.tables import audit_records as conversation_audit
from services.identity.service import IdentityServicer
from services.identity.suppression import Suppression
from services.identity.tables import audit_records as identity_audit
from services.profile.service import ProfileServicer
from services.profile.tables import audit_records as profile_audit
from tests.billing.stripe_sandbox import StripeSandbox
from tests.databases import Databases
from tests.jobs.workflows.acting import Acting
from tests.jobs.workflows.serving import Servicers, Services

AUDITS = {
    "identity": identity_audit,
    "profile": profile_audit,
    "conversation": conversation_audit,
    "billing": billing_audit,
}


@pytest.fixture(scope="module")
def stripe_sandbox() -> Iterator[StripeSandbox]:
    sandbox = StripeSandbox()
    sandbox.start()
    yield sandbox
    sandbox.stop()


@pytest.fixture(scope="module")
def services(databases: Databases, stripe_sandbox: StripeSandbox) -> Iterator[Services]:
    clock = FixedClock(datetime(2026, 11, 23, 18, 0, tzinfo=UTC))
    made = {
        name: Database(name, databases[name].writer, databases[name].reader, audit=audit)
        for name, audit in AUDITS.items()
    }
    servicers = Servicers(
        IdentityServicer(made["identity"], clock, suppression=Suppression(b"key")),
        ProfileServicer(made["profile"], clock),
        ConversationServicer(made["conversation"], clock, Limits(segments_a_second=1_000)),
        BillingServicer(made["billing"], clock, stripe_sandbox.api()),
    )
    with tempfile.TemporaryDirectory(prefix="respite-") as folder:
        services = Services(f"unix:{folder}/services", servicers, clock)
        yield services
        services.stop()
    for database in made.values():
        database.dispose()


@pytest.fixture
def acting(
    services: Services, stripe_sandbox: StripeSandbox, truncate: Callable[[str], None]
) -> Acting:
    """Nobody has ever written, everybody answers, and it is a Monday at one in New York."""
    for name in AUDITS:
        truncate(name)
    stripe_sandbox.reset()
    services.trouble.clear()
    services.clock.advance(datetime(2026, 11, 23, 18, 0, tzinfo=UTC) - services.clock.now())
    return Acting(services, stripe_sandbox)
