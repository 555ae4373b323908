"""What Stripe could not deliver is read from Stripe, as the webhook would have read it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import grpc
import pytest

from gateway.stripe import HANDLED as HANDLED_BY_GATEWAY
from gateway.stripe import Ignored, StripeWebhooks
from kit.clock import FixedClock
from kit.database import Database
from kit.refusals import Refusal
from kit.wire import timestamp
from protos.billing.v1 import billing_pb2 as pb
from services.billing.events import HANDLED, event_of
from services.billing.service import BillingServicer
from services.billing.stripe_client import StripeApi
from tests.billing.stripe_sandbox import KEY, TERMS
from tests.databases import Databases
from tests.sandbox.running import RunningSandbox

EVENTS = sorted((Path(__file__).parents[1] / "data" / "stripe_events").glob("*.json"))


@pytest.fixture(scope="module")
def stripe() -> Iterator[RunningSandbox]:
    """Stripe, whose posts reach nobody."""
    sandbox = RunningSandbox("http://127.0.0.1:9")
    yield sandbox
    sandbox.stop()


@pytest.fixture
def servicer(databases: Databases, stripe: RunningSandbox) -> Iterator[BillingServicer]:
    stripe.post("/sandbox/reset")
    urls = databases["billing"]
    database = Database("billing", urls.writer, urls.reader)
    clock = FixedClock(datetime.now(UTC))
    yield BillingServicer(database, clock, StripeApi(KEY, TERMS, stripe.url, 1.0))
    database.dispose()


def listed(servicer: BillingServicer, **asked: Any) -> pb.ListUndeliveredEventsResponse:
    request = pb.ListUndeliveredEventsRequest(**asked)
    return servicer.ListUndeliveredEvents(request, None)  # type: ignore[arg-type]


def subscribed(stripe: RunningSandbox, number: str = "+12025550101") -> list[str]:
    """Somebody pays; the events of types that we handle, newest first."""
    stripe.post("/sandbox/subscribe", phone=number, link="phone")
    events = stripe.call("GET", "/sandbox/events")["events"]
    return [each["id"] for each in reversed(events) if each["type"] in HANDLED]


def test_events_that_nobody_took_are_listed_newest_first_page_by_page(
    servicer: BillingServicer, stripe: RunningSandbox
) -> None:
    expected = subscribed(stripe)
    assert len(expected) > 2
    assert [each.event_id for each in listed(servicer).events] == expected
    found, token = [], ""
    while True:
        page = listed(servicer, page_size=1, page_token=token)
        found += [each.event_id for each in page.events]
        token = page.next_page_token
        if not token:
            break
    assert found == expected


def test_a_span_of_time_is_asked_of_stripe(
    servicer: BillingServicer, stripe: RunningSandbox
) -> None:
    expected = subscribed(stripe)
    now = datetime.now(UTC)
    hour = timedelta(hours=1)
    span = listed(servicer, start_time=timestamp(now - hour), end_time=timestamp(now + hour))
    assert [each.event_id for each in span.events] == expected
    assert not listed(servicer, start_time=timestamp(now + hour)).events
    assert not listed(servicer, end_time=timestamp(now - hour)).events


def test_what_the_endpoint_has_taken_is_not_listed(
    servicer: BillingServicer, stripe: RunningSandbox
) -> None:
    ids = subscribed(stripe)
    stripe.app.state.sandbox.store.execute("UPDATE events SET pending = 0 WHERE id = ?", (ids[0],))
    assert [each.event_id for each in listed(servicer).events] == ids[1:]


def test_stripe_out_of_reach_is_said(servicer: BillingServicer, stripe: RunningSandbox) -> None:
    stripe.fault("stripe", "fail", status=503)
    with pytest.raises(Refusal) as refused:
        listed(servicer)
    stripe.call("DELETE", "/sandbox/faults")
    assert (refused.value.code, refused.value.reason) == (
        grpc.StatusCode.UNAVAILABLE,
        "STRIPE_UNAVAILABLE",
    )


def test_billing_and_the_gateway_handle_the_same_types() -> None:
    assert HANDLED == HANDLED_BY_GATEWAY


@pytest.mark.parametrize("path", EVENTS, ids=lambda path: path.stem)
def test_billing_reads_an_event_as_the_gateway_does(path: Path) -> None:
    event = json.loads(path.read_text())
    webhooks = StripeWebhooks(["whsec"], None, FixedClock(datetime.now(UTC)))
    job = webhooks._read(event)
    ours = event_of(event)
    assert ours is not None
    if isinstance(job, Ignored):
        assert ours.event_type not in HANDLED
        return
    theirs = job.payload.process_stripe_event
    assert (ours.event_id, ours.event_type, ours.customer_id, ours.user_id, ours.phone_number) == (
        theirs.event_id,
        theirs.event_type,
        theirs.stripe_customer_id,
        theirs.user_id,
        theirs.phone_number,
    )
