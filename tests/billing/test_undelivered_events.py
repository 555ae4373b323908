"""What Stripe could not deliver, and what changed there, is read as the webhook reads it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import grpc
import pytest

from gateway.stripe import Ignored, StripeWebhooks
from kit.clock import FixedClock
from kit.database import Database
from kit.refusals import InvalidArgument, Refusal
from kit.stripe_event import HANDLED
from kit.wire import timestamp
from protos.billing.v1 import billing_pb2 as pb
from services.billing.events import event_of
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


def changes(
    servicer: BillingServicer, source: pb.StripeSource.ValueType, **asked: Any
) -> list[pb.StripeChange]:
    """All that is listed, page by page."""
    found: list[pb.StripeChange] = []
    request = pb.ListStripeChangesRequest(source=source, **asked)
    while True:
        page = servicer.ListStripeChanges(request, None)  # type: ignore[arg-type]
        found += page.changes
        request.page_token = page.next_page_token
        if not request.page_token:
            return found


@pytest.mark.parametrize("size", [1, 100])
def test_what_changed_is_listed_whether_or_not_it_was_delivered(
    servicer: BillingServicer, stripe: RunningSandbox, size: int
) -> None:
    ids = subscribed(stripe)
    stripe.app.state.sandbox.store.execute("UPDATE events SET pending = 0")
    assert not listed(servicer).events
    found = changes(servicer, pb.STRIPE_SOURCE_EVENTS, page_size=size)
    assert [each.change_id for each in found] == ids
    [session] = {each.checkout_session_id for each in found} - {""}
    assert session.startswith("cs_")
    assert not changes(
        servicer,
        pb.STRIPE_SOURCE_EVENTS,
        start_time=timestamp(datetime.now(UTC) + timedelta(hours=1)),
    )


def test_subscriptions_of_every_status_and_paid_checkouts_are_listed_without_events(
    servicer: BillingServicer, stripe: RunningSandbox
) -> None:
    user_id = "01936f6e-0000-7000-8000-000000000001"
    paid = [
        stripe.post("/sandbox/subscribe", phone=number, link="metadata", user_id=user_id)
        for number in ("+12025550101", "+12025550102")
    ]
    stripe.act(paid[0]["subscription"], "cancel")
    subscriptions = changes(servicer, pb.STRIPE_SOURCE_SUBSCRIPTIONS, page_size=1)
    sessions = changes(servicer, pb.STRIPE_SOURCE_CHECKOUT_SESSIONS, page_size=1)
    for found, kind, name in (
        (subscriptions, "subscription", "subscription"),
        (sessions, "checkout.session", "session"),
    ):
        assert {each.change_id for each in found} == {each[name] for each in paid}
        assert {each.stripe_customer_id for each in found} == {each["customer"] for each in paid}
        assert {(each.change_type, each.user_id) for each in found} == {(kind, user_id)}
    assert {each.checkout_session_id for each in sessions} == {each["session"] for each in paid}


@pytest.mark.parametrize(
    ("source", "span", "field"),
    [
        (pb.STRIPE_SOURCE_UNSPECIFIED, (), "source"),
        (99, (), "source"),
        (pb.STRIPE_SOURCE_SUBSCRIPTIONS, ("start_time",), "start_time"),
        (pb.STRIPE_SOURCE_SUBSCRIPTIONS, ("end_time",), "end_time"),
    ],
)
def test_a_list_that_stripe_does_not_have_is_refused(
    servicer: BillingServicer, source: Any, span: tuple[str, ...], field: str
) -> None:
    with pytest.raises(InvalidArgument) as refused:
        changes(servicer, source, **dict.fromkeys(span, timestamp(datetime.now(UTC))))
    assert refused.value.violations[0][0] == field


def test_stripe_out_of_reach_is_said(servicer: BillingServicer, stripe: RunningSandbox) -> None:
    stripe.fault("stripe", "fail", status=503)
    with pytest.raises(Refusal) as refused:
        listed(servicer)
    stripe.call("DELETE", "/sandbox/faults")
    assert (refused.value.code, refused.value.reason) == (
        grpc.StatusCode.UNAVAILABLE,
        "STRIPE_UNAVAILABLE",
    )


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
    assert (
        ours.event_id,
        ours.event_type,
        ours.customer_id,
        ours.user_id,
        ours.phone_number,
        ours.charge_id,
    ) == (
        theirs.event_id,
        theirs.event_type,
        theirs.stripe_customer_id,
        theirs.user_id,
        theirs.phone_number,
        theirs.stripe_charge_id,
    )
