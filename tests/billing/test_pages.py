"""Who gets which page at Stripe, and how often."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen
from uuid import UUID

import grpc
import pytest
import sqlalchemy as sa

from kit.clock import FixedClock
from kit.database import Database
from kit.ids import uuid7
from kit.refusals import refusal_of
from protos.billing.v1 import billing_pb2 as pb
from protos.billing.v1.billing_pb2_grpc import BillingServiceStub
from services.billing import model_pages
from services.billing.selling import AlreadySubscribed
from services.billing.service import BillingServicer
from services.billing.stripe_client import StripeApi, stripe_client
from services.billing.tables import checkout_pages
from tests.billing.stripe_sandbox import KEY, TERMS, StripeSandbox
from tests.refused import Refused, refused_by

refused = partial(refused_by, "billing")
SESSIONS = "/v1/checkout/sessions"
AWAY: Refused = (grpc.StatusCode.UNAVAILABLE, "STRIPE_UNAVAILABLE", [])


@pytest.fixture
def user_id() -> str:
    return str(uuid7())


@pytest.fixture
def checkout(user_id: str) -> pb.CreateCheckoutSessionRequest:
    return pb.CreateCheckoutSessionRequest(user_id=user_id, request_key="link:1")


@pytest.fixture
def portal(user_id: str) -> pb.CreatePortalSessionRequest:
    return pb.CreatePortalSessionRequest(user_id=user_id, request_key="link:1")


def made(stripe: StripeSandbox) -> list[str]:
    """Checkout pages that Stripe has."""
    return [each["id"] for each in stripe.object("checkout/sessions?limit=100")["data"]]


def are_open(stripe: StripeSandbox) -> list[str]:
    """Those of them on which somebody can pay."""
    found = stripe.object("checkout/sessions?limit=100")["data"]
    return [each["id"] for each in found if each["status"] == "open"]


def pays_on(stripe: StripeSandbox, page: pb.CreateCheckoutSessionResponse) -> str:
    """Somebody pays on the page; the subscription."""
    paying = Request(f"{stripe.url}/sandbox/checkout/{page.session_id}", b"", method="POST")
    urlopen(paying, timeout=60).close()
    return str(stripe.object(f"checkout/sessions/{page.session_id}")["subscription"])


def states(stripe: StripeSandbox, *pages: pb.CreateCheckoutSessionResponse) -> list[str]:
    """Whether Stripe lets anybody pay on them: "open", "complete" or "expired"."""
    return [stripe.object(f"checkout/sessions/{page.session_id}")["status"] for page in pages]


def belongs(billing: BillingServiceStub, customer: str, user_id: str) -> None:
    billing.LinkCustomer(pb.LinkCustomerRequest(user_id=user_id, stripe_customer_id=customer))
    billing.SyncCustomer(pb.SyncCustomerRequest(stripe_customer_id=customer))


# -- under one key ----------------------------------------------------------------------------


@pytest.mark.parametrize("status", [500, 503, 400])
def test_what_stripe_refused_once_is_a_page_the_next_time_and_then_the_same(
    billing: BillingServiceStub,
    stripe: StripeSandbox,
    checkout: pb.CreateCheckoutSessionRequest,
    status: int,
) -> None:
    """Stripe repeats its answer under one key, and an operator mends a price within the day."""
    stripe.fault("fail", SESSIONS, status=status, times=2)
    for _ in range(2):
        with pytest.raises(grpc.RpcError):
            billing.CreateCheckoutSession(checkout)
    page = billing.CreateCheckoutSession(checkout)
    assert [billing.CreateCheckoutSession(checkout) for _ in range(2)] == [page, page]
    assert made(stripe) == [page.session_id]


@pytest.mark.parametrize("status", [409, 429])
def test_what_stripe_has_not_carried_out_is_asked_for_again_under_the_same_key(
    billing: BillingServiceStub,
    stripe: StripeSandbox,
    database: Database,
    checkout: pb.CreateCheckoutSessionRequest,
    status: int,
) -> None:
    stripe.fault("fail", SESSIONS, status=status, times=1)
    assert refused(billing.CreateCheckoutSession, checkout) == AWAY
    stripe.fault("drop_after_accept", SESSIONS, times=1)
    assert refused(billing.CreateCheckoutSession, checkout) == AWAY
    assert made(stripe) == [billing.CreateCheckoutSession(checkout).session_id]


def test_a_page_of_ones_own_billing_comes_after_a_500_too(
    billing: BillingServiceStub,
    stripe: StripeSandbox,
    user_id: str,
    portal: pb.CreatePortalSessionRequest,
) -> None:
    belongs(billing, stripe.subscribe()["customer"], user_id)
    stripe.fault("fail", "/v1/billing_portal/sessions", status=500, times=1)
    assert refused(billing.CreatePortalSession, portal) == AWAY
    page = billing.CreatePortalSession(portal)
    assert billing.CreatePortalSession(portal) == page


def test_a_price_or_an_address_that_an_operator_changed_is_on_another_page(
    billing: BillingServiceStub,
    stripe: StripeSandbox,
    database: Database,
    clock: FixedClock,
    checkout: pb.CreateCheckoutSessionRequest,
) -> None:
    before = billing.CreateCheckoutSession(checkout)
    terms = type(TERMS)("price_of_tomorrow", TERMS.success_url, TERMS.cancel_url)
    changed = BillingServicer(database, clock, StripeApi(KEY, terms, stripe.url))
    page = changed.CreateCheckoutSession(checkout, None)  # type: ignore[arg-type]
    assert page.session_id != before.session_id
    again = changed.CreateCheckoutSession(checkout, None)  # type: ignore[arg-type]
    assert again == page
    assert states(stripe, before, page) == ["expired", "open"]


def test_a_key_that_was_used_for_something_else_is_left_behind(
    billing: BillingServiceStub,
    stripe: StripeSandbox,
    checkout: pb.CreateCheckoutSessionRequest,
) -> None:
    wanted = stripe.api().checkout_page(UUID(checkout.user_id), None)
    customers = stripe_client(KEY, stripe.url, 5).v1.customers
    customers.create({}, {"idempotency_key": f"link:1:{wanted.digest}"})
    expected: Refused = (grpc.StatusCode.FAILED_PRECONDITION, "REQUEST_KEY_REUSED", [])
    assert refused(billing.CreateCheckoutSession, checkout) == expected
    page = billing.CreateCheckoutSession(checkout)
    assert made(stripe) == [page.session_id]


def test_a_longest_key_of_ours_is_none_too_long_for_stripe(
    billing: BillingServiceStub, stripe: StripeSandbox, checkout: pb.CreateCheckoutSessionRequest
) -> None:
    checkout.request_key = "k" * 200
    wanted = stripe.api().checkout_page(UUID(checkout.user_id), None)
    assert len(f"{checkout.request_key}:{wanted.digest}:{10**9}") <= 255
    assert billing.CreateCheckoutSession(checkout).url


def test_refusals_are_forgotten_after_stripe_has_forgotten_them(
    billing: BillingServiceStub, database: Database, clock: FixedClock
) -> None:
    at = clock.now()
    with database.writer() as db:
        model_pages.record_refusal(db, "first", 2, at)
        model_pages.record_refusal(db, "first", 1, at)
    for later, kept in ((model_pages.ANSWERS_KEPT, 2), (timedelta(days=1, seconds=1), 0)):
        with database.writer() as db:
            model_pages.record_refusal(db, "another", 1, at + later)
            assert model_pages.refusals_of(db, "first") == kept


# -- who has a subscription -------------------------------------------------------------------


@pytest.mark.parametrize(
    "status", ["active", "trialing", "past_due", "unpaid", "incomplete", "paused", "hibernating"]
)
def test_who_has_a_subscription_is_sold_no_second_one_and_may_mend_the_first(
    billing: BillingServiceStub,
    stripe: StripeSandbox,
    user_id: str,
    checkout: pb.CreateCheckoutSessionRequest,
    portal: pb.CreatePortalSessionRequest,
    status: str,
) -> None:
    paid = stripe.subscribe()
    stripe.act(paid["subscription"], "set", fields={"status": status})
    belongs(billing, paid["customer"], user_id)
    with pytest.raises(grpc.RpcError) as error:
        billing.CreateCheckoutSession(checkout)
    refusal = refusal_of(error.value)
    assert (refusal.code, refusal.reason) == (
        grpc.StatusCode.FAILED_PRECONDITION,
        "ALREADY_SUBSCRIBED",
    )
    assert refusal.metadata == {"stripe_customer_id": paid["customer"], "status": status}
    assert made(stripe) == [paid["session"]]
    assert billing.CreatePortalSession(portal).session_id.startswith("bps_")


@pytest.mark.parametrize("status", ["canceled", "incomplete_expired"])
def test_whose_subscription_has_ended_may_subscribe_again(
    billing: BillingServiceStub,
    stripe: StripeSandbox,
    user_id: str,
    checkout: pb.CreateCheckoutSessionRequest,
    status: str,
) -> None:
    paid = stripe.subscribe()
    stripe.act(paid["subscription"], "set", fields={"status": status})
    belongs(billing, paid["customer"], user_id)
    page = billing.CreateCheckoutSession(checkout)
    assert stripe.object(f"checkout/sessions/{page.session_id}")["customer"] == paid["customer"]


def test_a_subscription_that_only_stripe_knows_yet_counts_and_gives_its_access(
    billing: BillingServiceStub,
    stripe: StripeSandbox,
    user_id: str,
    checkout: pb.CreateCheckoutSessionRequest,
) -> None:
    customer = stripe.object("customers", "POST")["id"]
    belongs(billing, customer, user_id)
    stripe.subscribe(link="customer", customer=customer)
    expected: Refused = (grpc.StatusCode.FAILED_PRECONDITION, "ALREADY_SUBSCRIBED", [])
    assert refused(billing.CreateCheckoutSession, checkout) == expected
    assert billing.GetAccess(pb.GetAccessRequest(user_id=user_id)).access.granted


def test_who_has_paid_and_whose_event_never_came_is_sold_no_second_subscription(
    billing: BillingServiceStub,
    stripe: StripeSandbox,
    user_id: str,
    checkout: pb.CreateCheckoutSessionRequest,
) -> None:
    """Until an event comes, billing has never heard of the customer that their page made."""
    page = billing.CreateCheckoutSession(checkout)
    pays_on(stripe, page)
    checkout.request_key = "link:2"
    expected: Refused = (grpc.StatusCode.FAILED_PRECONDITION, "ALREADY_SUBSCRIBED", [])
    assert refused(billing.CreateCheckoutSession, checkout) == expected
    assert made(stripe) == [page.session_id]
    assert billing.GetAccess(pb.GetAccessRequest(user_id=user_id)).access.granted


def test_a_subscription_that_is_another_persons_by_its_page_keeps_nobody_from_paying(
    billing: BillingServiceStub,
    stripe: StripeSandbox,
    user_id: str,
    checkout: pb.CreateCheckoutSessionRequest,
) -> None:
    """Whatever somebody wrote into its metadata."""
    other = pb.CreateCheckoutSessionRequest(user_id=str(uuid7()), request_key="link:other")
    page = billing.CreateCheckoutSession(other)
    paid = pays_on(stripe, page)
    written = {"metadata": {"user_id": user_id}}
    stripe_client(KEY, stripe.url, 5).v1.subscriptions.update(paid, written)  # type: ignore[arg-type]
    assert billing.CreateCheckoutSession(checkout).session_id != page.session_id


def test_of_several_customers_the_one_with_a_subscription_to_mend_is_shown(
    billing: BillingServiceStub,
    stripe: StripeSandbox,
    user_id: str,
    portal: pb.CreatePortalSessionRequest,
) -> None:
    """Also where another one gives access still, or its period ends later."""
    unpaid, canceled = stripe.subscribe("+12025550101"), stripe.subscribe("+12025550102")
    stripe.act(unpaid["subscription"], "set", fields={"status": "unpaid"})
    stripe.act(canceled["subscription"], "cancel")
    for paid in (unpaid, canceled):
        belongs(billing, paid["customer"], user_id)
    account = billing.GetAccount(pb.GetAccountRequest(user_id=user_id)).account
    assert account.stripe_customer_id == canceled["customer"]
    billing.CreatePortalSession(portal)
    asked = [each for each in stripe.asked() if each["path"] == "/v1/billing_portal/sessions"]
    assert [each["params"]["customer"] for each in asked] == [unpaid["customer"]]


def test_stripe_out_of_reach_sells_nothing_unseen(
    billing: BillingServiceStub,
    stripe: StripeSandbox,
    user_id: str,
    checkout: pb.CreateCheckoutSessionRequest,
) -> None:
    belongs(billing, stripe.object("customers", "POST")["id"], user_id)
    stripe.fault("fail", "/v1/subscriptions", status=500, times=1)
    assert refused(billing.CreateCheckoutSession, checkout) == AWAY
    assert made(stripe) == []


# -- one page of a person is open -------------------------------------------------------------


def another(
    checkout: pb.CreateCheckoutSessionRequest, key: str = "link:2"
) -> pb.CreateCheckoutSessionRequest:
    return pb.CreateCheckoutSessionRequest(user_id=checkout.user_id, request_key=key)


def test_of_the_pages_of_a_person_only_the_newest_can_be_paid(
    billing: BillingServiceStub, stripe: StripeSandbox, checkout: pb.CreateCheckoutSessionRequest
) -> None:
    of_somebody = pb.CreateCheckoutSessionRequest(user_id=str(uuid7()), request_key="link:3")
    theirs = billing.CreateCheckoutSession(of_somebody)
    older = billing.CreateCheckoutSession(checkout)
    newer = billing.CreateCheckoutSession(another(checkout))
    assert states(stripe, theirs, older, newer) == ["open", "expired", "open"]
    with pytest.raises(HTTPError, match="409"):
        pays_on(stripe, older)
    assert billing.CreateCheckoutSession(another(checkout)) == newer
    assert states(stripe, newer) == ["open"]


def test_whose_page_was_closed_gets_one_that_is_open_under_its_key(
    billing: BillingServiceStub, stripe: StripeSandbox, checkout: pb.CreateCheckoutSessionRequest
) -> None:
    """Stripe repeats the closed one."""
    older = billing.CreateCheckoutSession(checkout)
    newer = billing.CreateCheckoutSession(another(checkout))
    newest = billing.CreateCheckoutSession(checkout)
    assert states(stripe, older, newer, newest) == ["expired", "expired", "open"]
    assert billing.CreateCheckoutSession(checkout) == newest


def test_who_is_found_to_have_a_subscription_can_pay_for_no_second_one(
    billing: BillingServiceStub,
    stripe: StripeSandbox,
    user_id: str,
    checkout: pb.CreateCheckoutSessionRequest,
) -> None:
    page = billing.CreateCheckoutSession(checkout)
    belongs(billing, stripe.subscribe()["customer"], user_id)
    expected: Refused = (grpc.StatusCode.FAILED_PRECONDITION, "ALREADY_SUBSCRIBED", [])
    assert refused(billing.CreateCheckoutSession, checkout) == expected
    assert states(stripe, page) == ["expired"]


def test_who_has_paid_on_the_older_page_can_pay_on_none_before_stripe_finds_the_subscription(
    billing: BillingServiceStub,
    stripe: StripeSandbox,
    user_id: str,
    checkout: pb.CreateCheckoutSessionRequest,
) -> None:
    """Its search is a minute behind; here nobody stands in the metadata that it looks through."""
    paid = pays_on(stripe, billing.CreateCheckoutSession(checkout))
    forgotten: Any = {"metadata": {"user_id": ""}}
    stripe_client(KEY, stripe.url, 5).v1.subscriptions.update(paid, forgotten)
    expected: Refused = (grpc.StatusCode.FAILED_PRECONDITION, "ALREADY_SUBSCRIBED", [])
    assert refused(billing.CreateCheckoutSession, another(checkout)) == expected
    found = stripe.object("checkout/sessions?limit=100")["data"]
    assert sorted(page["status"] for page in found) == ["complete", "expired"]
    assert billing.GetAccess(pb.GetAccessRequest(user_id=user_id)).access.granted


@pytest.mark.parametrize("how", ["paid, and canceled since", "expired"])
def test_a_page_that_nobody_can_pay_any_more_keeps_nobody_from_the_next(
    billing: BillingServiceStub,
    stripe: StripeSandbox,
    checkout: pb.CreateCheckoutSessionRequest,
    how: str,
) -> None:
    older = billing.CreateCheckoutSession(checkout)
    if how == "expired":
        stripe.object(f"checkout/sessions/{older.session_id}/expire", "POST")
    else:
        stripe.act(pays_on(stripe, older), "set", fields={"status": "canceled"})
    newer = billing.CreateCheckoutSession(another(checkout))
    assert states(stripe, newer) == ["open"]


@pytest.mark.parametrize("status", [401, 429, 500])
def test_a_page_that_stripe_does_not_close_keeps_nobody_from_paying_and_is_closed_by_the_next(
    billing: BillingServiceStub,
    stripe: StripeSandbox,
    checkout: pb.CreateCheckoutSessionRequest,
    capsys: pytest.CaptureFixture[str],
    status: int,
) -> None:
    older = billing.CreateCheckoutSession(checkout)
    stripe.fault("fail", f"{SESSIONS}/*/expire", status=status, times=1)
    newer = billing.CreateCheckoutSession(another(checkout))
    assert states(stripe, older, newer) == ["open", "open"]
    assert "checkout_page_left_open" in capsys.readouterr().out
    newest = billing.CreateCheckoutSession(another(checkout, "link:3"))
    assert states(stripe, older, newer, newest) == ["expired", "expired", "open"]


def test_of_pages_that_are_made_at_once_one_stays_open(
    billing: BillingServiceStub, stripe: StripeSandbox, checkout: pb.CreateCheckoutSessionRequest
) -> None:
    asked = [another(checkout, f"link:{number}") for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        pages = list(pool.map(billing.CreateCheckoutSession, asked))
    [left] = are_open(stripe)
    assert left in [page.session_id for page in pages]


class Interrupted(StripeApi):
    """Stripe, and something that happens once before the first page is closed."""

    def __init__(self, stripe: StripeSandbox, meanwhile: Callable[[], object]) -> None:
        super().__init__(KEY, TERMS, stripe.url)
        self._meanwhile = [meanwhile]

    def close_page(self, session_id: str) -> str:
        while self._meanwhile:
            self._meanwhile.pop()()
        return super().close_page(session_id)


@pytest.mark.parametrize("paid", [False, True])
def test_whoever_is_told_a_page_while_another_is_made_can_pay_on_it(
    billing: BillingServiceStub,
    stripe: StripeSandbox,
    database: Database,
    clock: FixedClock,
    checkout: pb.CreateCheckoutSessionRequest,
    paid: bool,
) -> None:
    """An older page is asked for again while the next is about to close it: each closed another."""
    billing.CreateCheckoutSession(checkout)
    told = []

    def meanwhile() -> None:
        told.append(billing.CreateCheckoutSession(checkout))
        if paid:
            pays_on(stripe, told[0])

    servicer: Any = BillingServicer(database, clock, Interrupted(stripe, meanwhile))
    ask = partial(servicer.CreateCheckoutSession, another(checkout), None)
    if paid:
        with pytest.raises(AlreadySubscribed):
            ask()
    else:
        assert ask() == told[0]
    assert are_open(stripe) == ([] if paid else [told[0].session_id])


def test_of_pages_that_are_asked_for_again_at_once_one_stays_open(
    billing: BillingServiceStub, stripe: StripeSandbox, checkout: pb.CreateCheckoutSessionRequest
) -> None:
    stripe.fault("fail", f"{SESSIONS}/*/expire", status=429, times=1)
    asked = [checkout, another(checkout)]
    older = [billing.CreateCheckoutSession(each) for each in asked]
    assert states(stripe, *older) == ["open", "open"]
    stripe.fault("delay", f"{SESSIONS}/*/expire", seconds=0.3, times=2)
    with ThreadPoolExecutor(2) as pool:
        pages = list(pool.map(billing.CreateCheckoutSession, asked))
    [left] = are_open(stripe)
    assert left in [page.session_id for page in pages]


def test_of_two_pages_only_the_later_closes_the_other(
    database: Database, clock: FixedClock
) -> None:
    """Or each would close the other where both were made before either looked."""
    somebody = uuid7()
    with database.writer() as db:
        assert model_pages.record_page(db, somebody, "cs_1", clock.now()) == []
        assert model_pages.record_page(db, somebody, "cs_2", clock.now()) == ["cs_1"]
        assert model_pages.record_page(db, somebody, "cs_1", clock.now()) is None
        assert model_pages.open_pages(db, somebody) == ["cs_1", "cs_2"]
        assert model_pages.standing_page(db, somebody) == "cs_2"


def test_who_is_erased_can_pay_on_no_page_and_their_pages_are_forgotten(
    billing: BillingServiceStub,
    stripe: StripeSandbox,
    database: Database,
    user_id: str,
    checkout: pb.CreateCheckoutSessionRequest,
) -> None:
    page = billing.CreateCheckoutSession(checkout)
    billing.CancelSubscriptions(pb.CancelSubscriptionsRequest(user_id=user_id))
    assert states(stripe, page) == ["expired"]
    assert billing.DeleteAccount(pb.DeleteAccountRequest(user_id=user_id)).deleted
    with database.reader() as db:
        assert db.rows(sa.select(checkout_pages.c.user_id)) == []


def test_who_is_erased_before_the_event_of_their_payment_has_come_pays_no_longer(
    billing: BillingServiceStub,
    stripe: StripeSandbox,
    user_id: str,
    checkout: pb.CreateCheckoutSessionRequest,
) -> None:
    paid = pays_on(stripe, billing.CreateCheckoutSession(checkout))
    ended = billing.CancelSubscriptions(pb.CancelSubscriptionsRequest(user_id=user_id))
    assert len(ended.stripe_customer_ids) == 1
    customer = ended.stripe_customer_ids[0]
    [subscription] = stripe.object(f"subscriptions?customer={customer}&status=all")["data"]
    assert (subscription["id"], subscription["status"]) == (paid, "canceled")


def test_pages_are_forgotten_once_stripe_has_forgotten_them(
    database: Database, billing: BillingServiceStub, clock: FixedClock
) -> None:
    at, somebody = clock.now(), uuid7()
    with database.writer() as db:
        assert model_pages.record_page(db, somebody, "cs_1", at) == []
        assert model_pages.record_page(db, uuid7(), "cs_2", at + model_pages.PAGES_KEPT) == []
        assert model_pages.open_pages(db, somebody) == ["cs_1"]
        model_pages.record_page(db, uuid7(), "cs_3", at + model_pages.PAGES_KEPT * 2)
        assert model_pages.open_pages(db, somebody) == []


# -- a look, and no page ----------------------------------------------------------------------


def test_a_look_at_stripe_finds_who_has_paid_and_makes_no_page(
    billing: BillingServiceStub,
    stripe: StripeSandbox,
    user_id: str,
    checkout: pb.CreateCheckoutSessionRequest,
) -> None:
    looking = pb.LookUpAccessRequest(user_id=user_id)
    page = billing.CreateCheckoutSession(checkout)
    assert not billing.LookUpAccess(looking).access.granted
    assert states(stripe, page) == ["open"]
    pays_on(stripe, page)
    assert billing.LookUpAccess(looking).access.granted
    assert made(stripe) == [page.session_id]
