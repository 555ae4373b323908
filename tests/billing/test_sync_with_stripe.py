"""A row becomes what Stripe holds, and nothing where Stripe cannot be asked."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import grpc
import pytest

from kit.clock import FixedClock
from kit.database import Database
from kit.ids import uuid7
from kit.refusals import Refusal, refusal_of
from protos.billing.v1 import billing_pb2 as pb
from protos.billing.v1.billing_pb2_grpc import BillingServiceStub
from services.billing import model
from services.billing.access import DEFAULT_GRACE
from services.billing.service import BillingServicer
from services.billing.stripe_client import API_VERSION, StripeApi, Truth, stripe_client
from services.billing.stripe_refusals import (
    CustomerNotFound,
    StripeMisconfigured,
    StripeUnavailable,
)
from services.billing.sync import CustomerSync
from tests.billing.stripe_sandbox import KEY, PRICE, TERMS, StripeSandbox

pytestmark = pytest.mark.slow

DAY = timedelta(days=1)


def sync(billing: BillingServiceStub, customer: str) -> pb.SyncCustomerResponse:
    return billing.SyncCustomer(pb.SyncCustomerRequest(stripe_customer_id=customer))


def moment(timestamp: Any) -> datetime:
    return timestamp.ToDatetime(UTC)  # type: ignore[no-any-return]


def at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def test_an_active_subscription_is_mirrored(
    billing: BillingServiceStub, stripe: StripeSandbox, clock: FixedClock
) -> None:
    paid = stripe.subscribe(phone="+12025550101", link="phone")
    answer = sync(billing, paid["customer"])
    account = answer.account
    held = stripe.object(f"subscriptions/{paid['subscription']}")
    assert account.stripe_subscription_id == paid["subscription"]
    assert (account.status, account.price_id) == ("active", PRICE)
    period_end = held["items"]["data"][0]["current_period_end"]
    assert moment(account.current_period_end) == at(period_end)
    assert account.access == pb.Access(granted=True, reason=pb.ACCESS_REASON_SUBSCRIBED)
    assert moment(account.sync_time) == clock.now()
    assert not account.user_id
    assert answer.hints == pb.CustomerHints(phone_number="+12025550101")


def test_a_sync_tells_of_its_own_persons_welcome(
    billing: BillingServiceStub, stripe: StripeSandbox, clock: FixedClock
) -> None:
    customers = [stripe.subscribe(phone=f"+1202555{n:04}")["customer"] for n in range(3)]
    for customer in customers[:2]:
        sync(billing, customer)
        user_id = str(uuid7())
        link = pb.LinkCustomerRequest(user_id=user_id, stripe_customer_id=customer)
        billing.LinkCustomer(link)
        asked = pb.RecordWelcomeRequestedRequest(user_id=user_id, request_key=customer)
        billing.RecordWelcomeRequested(asked)
        clock.advance(timedelta(seconds=1))
    for customer in customers:
        stored = sync(billing, customer).account
        known = billing.GetAccount(pb.GetAccountRequest(stripe_customer_id=customer)).account
        assert stored == known
        assert stored.HasField("welcome_requested_time") is (customer != customers[2])


def test_stripe_is_asked_for_every_status_in_a_version_that_is_pinned(
    billing: BillingServiceStub, stripe: StripeSandbox
) -> None:
    sync(billing, stripe.subscribe()["customer"])
    asked = [(each["path"], each["params"].get("status")) for each in stripe.asked()]
    assert ("/v1/subscriptions", "all") in asked
    assert not [path for path, _ in asked if path in ("/v1/invoices", "/v1/charges")]
    assert StripeApi(KEY, TERMS)._client._requestor._options.stripe_version == API_VERSION


def test_a_sync_that_finds_nothing_new_changes_nothing_but_its_time(
    billing: BillingServiceStub, stripe: StripeSandbox, clock: FixedClock
) -> None:
    customer = stripe.subscribe()["customer"]
    first = sync(billing, customer).account
    clock.advance(timedelta(minutes=5))
    again = sync(billing, customer).account
    assert moment(again.sync_time) == clock.now()
    assert again.update_time == first.update_time
    again.sync_time.CopyFrom(first.sync_time)
    assert again == first


@pytest.mark.parametrize("link", ["metadata", "none"])
def test_whose_a_customer_may_be_is_told(
    billing: BillingServiceStub, stripe: StripeSandbox, link: str
) -> None:
    user_id = "01936f6e-0000-7000-8000-000000000001"
    paid = stripe.subscribe(link=link, user_id=user_id)
    told = sync(billing, paid["customer"]).hints
    assert told.user_id == (user_id if link == "metadata" else "")


def test_a_user_id_that_is_none_is_not_told(
    billing: BillingServiceStub, stripe: StripeSandbox
) -> None:
    paid = stripe.subscribe(link="metadata", user_id="somebody")
    assert sync(billing, paid["customer"]).hints.user_id == ""


def test_a_missed_payment_leaves_a_week_from_its_invoice(
    billing: BillingServiceStub, stripe: StripeSandbox, clock: FixedClock
) -> None:
    paid = stripe.subscribe()
    missed = int((clock.now() - 2 * DAY).timestamp())
    stripe.act(paid["subscription"], "fail_payment", at=missed)
    answer = sync(billing, paid["customer"]).account.access
    assert (answer.granted, answer.reason) == (True, pb.ACCESS_REASON_GRACE)
    assert moment(answer.until_time) == at(missed) + DEFAULT_GRACE
    stripe.act(paid["subscription"], "recover")
    recovered = sync(billing, paid["customer"]).account.access
    assert recovered == pb.Access(granted=True, reason=pb.ACCESS_REASON_SUBSCRIBED)


def test_a_cancellation_leaves_what_was_paid_unless_it_was_given_back(
    billing: BillingServiceStub, stripe: StripeSandbox
) -> None:
    paid = stripe.subscribe()
    held = stripe.act(paid["subscription"], "cancel")
    answer = sync(billing, paid["customer"]).account
    end = at(held["items"]["data"][0]["current_period_end"])
    assert answer.status == "canceled"
    assert (answer.access.granted, answer.access.reason) == (True, pb.ACCESS_REASON_PAID_PERIOD)
    assert moment(answer.access.until_time) == end
    stripe.act(paid["subscription"], "refund", amount=100)
    assert sync(billing, paid["customer"]).account.access.granted
    stripe.act(paid["subscription"], "refund")
    refunded = sync(billing, paid["customer"]).account
    assert refunded.access == pb.Access(reason=pb.ACCESS_REASON_NOT_ACTIVE)


def test_a_trial_that_is_canceled_has_paid_for_nothing(
    billing: BillingServiceStub, stripe: StripeSandbox
) -> None:
    paid = stripe.subscribe(trial=True)
    trialing = sync(billing, paid["customer"]).account
    assert (trialing.status, trialing.access.granted) == ("trialing", True)
    held = stripe.object(f"subscriptions/{paid['subscription']}")
    assert moment(trialing.trial_end) == at(held["trial_end"])
    stripe.act(paid["subscription"], "cancel")
    assert not sync(billing, paid["customer"]).account.access.granted


def test_a_cancellation_to_come_is_shown_and_can_be_undone(
    billing: BillingServiceStub, stripe: StripeSandbox
) -> None:
    paid = stripe.subscribe()
    held = stripe.act(paid["subscription"], "cancel_at_period_end")
    leaving = sync(billing, paid["customer"]).account
    assert (leaving.status, moment(leaving.cancel_time)) == ("active", at(held["cancel_at"]))
    assert leaving.access.until_time == leaving.cancel_time
    stripe.act(paid["subscription"], "cancel_at_period_end", undo=True)
    assert not sync(billing, paid["customer"]).account.HasField("cancel_time")


@pytest.mark.parametrize("status", ["paused", "unpaid", "incomplete", "hibernating"])
def test_other_statuses_are_mirrored_as_they_are_and_grant_nothing(
    billing: BillingServiceStub, stripe: StripeSandbox, status: str
) -> None:
    paid = stripe.subscribe()
    stripe.act(paid["subscription"], "set", fields={"status": status})
    account = sync(billing, paid["customer"]).account
    assert account.status == status
    assert account.access == pb.Access(reason=pb.ACCESS_REASON_NOT_ACTIVE)


def test_of_several_subscriptions_the_best_is_mirrored(
    billing: BillingServiceStub, stripe: StripeSandbox
) -> None:
    first = stripe.subscribe(phone="+12025550101")
    second = stripe.subscribe(phone="+12025550101", link="customer")
    assert second["customer"] == first["customer"]
    stripe.act(second["subscription"], "pause")
    mirrored = sync(billing, first["customer"]).account
    assert mirrored.stripe_subscription_id == first["subscription"]
    stripe.act(first["subscription"], "cancel")
    stripe.act(second["subscription"], "resume")
    mirrored = sync(billing, first["customer"]).account
    assert mirrored.stripe_subscription_id == second["subscription"]


def test_a_subscription_of_two_items_or_of_nothing_is_one_like_any_other(
    billing: BillingServiceStub, stripe: StripeSandbox
) -> None:
    """The longer period counts; what costs nothing gives access while it runs, and no longer."""
    two = stripe.sells(PRICE, "price_sandbox_yearly")
    mirrored = sync(billing, two.customer).account
    items = stripe.object(f"subscriptions/{two.subscription}")["items"]["data"]
    ends = sorted(at(item["current_period_end"]) for item in items)
    assert ends[0] < ends[1] == moment(mirrored.current_period_end)
    stripe.act(two.subscription, "cancel")
    assert moment(sync(billing, two.customer).account.access.until_time) == ends[1]

    free = stripe.sells(PRICE, subscription_data={"trial_period_days": 9})
    assert sync(billing, free.customer).account.access.granted
    stripe.act(free.subscription, "cancel")
    assert not sync(billing, free.customer).account.access.granted


@pytest.mark.parametrize("ended", [0, 1])
def test_a_subscription_that_somebody_else_ends_meanwhile_leaves_no_other_running(
    billing: BillingServiceStub, stripe: StripeSandbox, ended: int
) -> None:
    two = [stripe.subscribe(), stripe.subscribe(link="customer")]
    assert two[0]["customer"] == two[1]["customer"]
    link = pb.LinkCustomerRequest(user_id=str(uuid4()), stripe_customer_id=two[0]["customer"])
    billing.LinkCustomer(link)
    meanwhile, other = (two[index]["subscription"] for index in (ended, 1 - ended))
    path = f"/v1/subscriptions/{meanwhile}"
    stripe.fault("fail", path, status=404, code="resource_missing", times=1)
    billing.CancelSubscriptions(pb.CancelSubscriptionsRequest(user_id=link.user_id))
    assert stripe.object(f"subscriptions/{other}")["status"] == "canceled"


def test_a_subscription_to_any_product_gives_access(
    billing: BillingServiceStub, stripe: StripeSandbox
) -> None:
    """Who paid for an older product is never locked out."""
    other = stripe.sells("price_choir_monthly")
    assert sync(billing, other.customer).account.access.granted


def test_a_customer_without_subscriptions_has_an_account_without_access(
    billing: BillingServiceStub, stripe: StripeSandbox
) -> None:
    customer = stripe.object("customers", "POST")["id"]
    account = sync(billing, customer).account
    assert account.access == pb.Access(reason=pb.ACCESS_REASON_NO_SUBSCRIPTION)
    assert (account.status, account.stripe_subscription_id) == ("", "")


def test_a_customer_deleted_at_stripe_keeps_its_row_and_loses_its_access(
    billing: BillingServiceStub, stripe: StripeSandbox
) -> None:
    customer = stripe.subscribe()["customer"]
    user_id = "01936f6e-0000-7000-8000-000000000001"
    sync(billing, customer)
    billing.LinkCustomer(pb.LinkCustomerRequest(user_id=user_id, stripe_customer_id=customer))
    stripe.object(f"customers/{customer}", "DELETE")
    answer = sync(billing, customer)
    assert answer.hints == pb.CustomerHints(deleted=True)
    assert answer.account.user_id == user_id
    assert answer.account.access == pb.Access(reason=pb.ACCESS_REASON_NO_SUBSCRIPTION)


def test_a_customer_that_stripe_does_not_know_gets_no_row(
    billing: BillingServiceStub, database: Database
) -> None:
    with pytest.raises(grpc.RpcError) as error:
        sync(billing, "cus_unknown")
    refusal = refusal_of(error.value)
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.NOT_FOUND, "CUSTOMER_NOT_FOUND")
    with database.reader() as db:
        assert model.known_account(db, "cus_unknown") is None


def test_nothing_of_a_customer_is_logged(
    billing: BillingServiceStub, stripe: StripeSandbox, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    person = {"name": "Ana-Sofia", "email": "ana@example.org", "phone": "+12025550101"}
    made = stripe_client(KEY, stripe.url, 5).v1.customers.create(person)  # type: ignore[arg-type]
    sync(billing, made.id)
    with pytest.raises(grpc.RpcError):
        sync(billing, "cus_missing")
    for word in (*person.values(), "No such customer", KEY):
        assert word not in caplog.text


def test_stripe_out_of_reach_changes_nothing_and_says_when_to_come_back(
    billing: BillingServiceStub, stripe: StripeSandbox
) -> None:
    paid = stripe.subscribe()
    before = sync(billing, paid["customer"]).account
    stripe.act(paid["subscription"], "cancel")
    stripe.fault("fail", "/v1/subscriptions", times=1, status=429, retry_after=7)
    with pytest.raises(grpc.RpcError) as error:
        sync(billing, paid["customer"])
    refusal = refusal_of(error.value)
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.UNAVAILABLE, "STRIPE_UNAVAILABLE")
    assert refusal.retry_after == timedelta(seconds=7)
    request = pb.GetAccountRequest(stripe_customer_id=paid["customer"])
    assert billing.GetAccount(request).account == before
    assert sync(billing, paid["customer"]).account.status == "canceled"


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "fail", "status": 500},
        {"kind": "fail", "status": 503},
        {"kind": "fail", "status": 429},
        {"kind": "fail", "status": 409},
        {"kind": "fail", "status": 502, "body": "<html>Bad gateway</html>"},
        {"kind": "fail", "status": 200, "body": "<html>Captive portal</html>"},
        {"kind": "timeout", "seconds": 30},
    ],
)
@pytest.mark.parametrize("path", ["/v1/customers/*", "/v1/subscriptions", "/v1/invoices"])
def test_every_trouble_of_stripes_is_unavailable_and_asked_once(
    stripe: StripeSandbox, fault: dict[str, Any], path: str
) -> None:
    paid = stripe.subscribe()
    stripe.act(paid["subscription"], "cancel")
    stripe.fault(path=path, **fault)
    begun = time.monotonic()
    with pytest.raises(StripeUnavailable) as refusal:
        stripe.api(timeout=0.3).truth_of(paid["customer"])
    assert time.monotonic() - begun < 25  # nor is it waited for
    assert refusal.value.retry_after
    seen = [each["route"] for each in stripe.asked()]
    assert len(seen) == len(set(seen))  # the SDK does not retry by itself


def test_nobody_there_is_unavailable() -> None:
    with pytest.raises(StripeUnavailable):
        StripeApi(KEY, TERMS, "http://127.0.0.1:9", timeout=0.5).truth_of("cus_1")


def test_a_key_that_stripe_refuses_is_ours_to_mend(stripe: StripeSandbox) -> None:
    with pytest.raises(StripeMisconfigured):
        stripe.api(key="sk_test_wrong").truth_of(stripe.subscribe()["customer"])


def test_a_key_without_the_right_is_ours_to_mend(stripe: StripeSandbox) -> None:
    stripe.fault("fail", "/v1/subscriptions", status=403)
    with pytest.raises(StripeMisconfigured):
        stripe.api().truth_of(stripe.subscribe()["customer"])


def test_a_price_that_is_not_there_is_ours_to_mend(
    stripe: StripeSandbox, database: Database, clock: FixedClock
) -> None:
    terms = type(TERMS)("product_1", TERMS.success_url, TERMS.cancel_url)
    servicer = BillingServicer(database, clock, StripeApi(KEY, terms, stripe.url))
    request = pb.CreateCheckoutSessionRequest(
        user_id="01936f6e-0000-7000-8000-000000000001", request_key="k"
    )
    with pytest.raises(StripeMisconfigured):
        servicer.CreateCheckoutSession(request, None)  # type: ignore[arg-type]


def test_a_customer_in_a_list_that_is_gone_meanwhile_is_not_found(stripe: StripeSandbox) -> None:
    with pytest.raises(CustomerNotFound):
        stripe.api().truth_of("cus_unknown")


class Held(StripeApi):
    """Stripe whose answers wait for a hand to let them go, each fetched before it waits."""

    def __init__(self, url: str, meanwhile: Callable[[int], None]) -> None:
        super().__init__(KEY, TERMS, url)
        self._meanwhile = meanwhile
        self.fetched = 0

    def truth_of(self, customer_id: str) -> Truth:
        truth = super().truth_of(customer_id)
        self.fetched += 1
        self._meanwhile(self.fetched)
        return truth


def test_a_slow_fetch_never_overwrites_what_was_read_after_it(
    billing: BillingServiceStub, stripe: StripeSandbox, database: Database, clock: FixedClock
) -> None:
    paid = stripe.subscribe()

    def cancelled_meanwhile(fetch: int) -> None:
        if fetch == 1:
            stripe.act(paid["subscription"], "cancel")
            assert sync(billing, paid["customer"]).account.status == "canceled"

    slow = Held(stripe.url, cancelled_meanwhile)
    account, _ = CustomerSync(database, slow, clock, DEFAULT_GRACE).run(paid["customer"])
    assert account.subscription is not None
    assert (account.subscription.status, slow.fetched) == ("canceled", 2)


def test_a_slow_fetch_never_overwrites_a_state_that_came_back(
    billing: BillingServiceStub, stripe: StripeSandbox, database: Database, clock: FixedClock
) -> None:
    paid = stripe.subscribe()
    sync(billing, paid["customer"])
    stripe.act(paid["subscription"], "set", fields={"status": "paused"})

    def active_again_meanwhile(fetch: int) -> None:
        if fetch == 1:
            stripe.act(paid["subscription"], "set", fields={"status": "active"})
            sync(billing, paid["customer"])

    slow = Held(stripe.url, active_again_meanwhile)
    account, _ = CustomerSync(database, slow, clock, DEFAULT_GRACE).run(paid["customer"])
    assert account.subscription is not None
    assert account.subscription.status == "active"


def test_who_is_overtaken_twice_takes_what_the_others_stored(
    billing: BillingServiceStub, stripe: StripeSandbox, database: Database, clock: FixedClock
) -> None:
    paid = stripe.subscribe()

    def always_overtaken(fetch: int) -> None:
        sync(billing, paid["customer"])

    slow = Held(stripe.url, always_overtaken)
    account, _ = CustomerSync(database, slow, clock, DEFAULT_GRACE).run(paid["customer"])
    assert account.subscription is not None
    assert (account.subscription.status, slow.fetched, account.version) == ("active", 2, 2)


def test_a_row_that_is_deleted_again_and_again_ends_in_a_refusal(
    billing: BillingServiceStub,
    stripe: StripeSandbox,
    database: Database,
    clock: FixedClock,
    truncate: Callable[[str], None],
) -> None:
    paid = stripe.subscribe()

    def restless(fetch: int) -> None:
        truncate("billing")
        for _ in range(1 + fetch % 2):
            sync(billing, paid["customer"])

    for _ in range(3):
        sync(billing, paid["customer"])
    slow = Held(stripe.url, restless)
    with pytest.raises(Refusal) as refusal:
        CustomerSync(database, slow, clock, DEFAULT_GRACE).run(paid["customer"])
    assert refusal.value.reason == "SYNC_CONTENDED"


def test_many_who_sync_at_once_all_get_the_present_truth(
    billing: BillingServiceStub, stripe: StripeSandbox
) -> None:
    paid = stripe.subscribe()
    start = threading.Barrier(8)

    def at_once(_: int) -> str:
        start.wait(60)
        return sync(billing, paid["customer"]).account.status

    for status in ("active", "paused", "past_due"):
        stripe.act(paid["subscription"], "set", fields={"status": status})
        with ThreadPoolExecutor(8) as pool:
            assert set(pool.map(at_once, range(8))) == {status}
