"""What callers of billing can rely on, whatever Stripe says."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import Any
from urllib.request import urlopen

import grpc
import pytest

from kit.access import Caller, CurrentCall, calling
from kit.clock import FixedClock
from kit.database import Database
from kit.ids import uuid7
from kit.refusals import refusal_of
from protos.billing.v1 import billing_pb2 as pb
from protos.billing.v1.billing_pb2_grpc import BillingServiceStub
from services.billing.access import Subscription
from services.billing.model import store_truth
from services.billing.service import BillingServicer
from tests.billing.stripe_sandbox import PRICE, StripeSandbox
from tests.refused import Refused, invalid, refused_by

refused = partial(refused_by, "billing")
CUSTOMER = "cus_1"
PORTAL = "/v1/billing_portal/sessions"
DAY = timedelta(days=1)


def link(billing: BillingServiceStub, user_id: str, customer: str = CUSTOMER) -> pb.BillingAccount:
    request = pb.LinkCustomerRequest(user_id=user_id, stripe_customer_id=customer)
    return billing.LinkCustomer(request).account


def access(billing: BillingServiceStub, user_id: str) -> pb.Access:
    return billing.GetAccess(pb.GetAccessRequest(user_id=user_id)).access


def account(billing: BillingServiceStub, customer: str = CUSTOMER) -> pb.BillingAccount:
    return billing.GetAccount(pb.GetAccountRequest(stripe_customer_id=customer)).account


@pytest.fixture
def user_id() -> str:
    return str(uuid7())


def test_a_person_without_an_account_has_no_access_and_that_is_no_error(
    billing: BillingServiceStub, user_id: str
) -> None:
    answer = access(billing, user_id)
    assert answer == pb.Access(granted=False, reason=pb.ACCESS_REASON_NO_SUBSCRIPTION)


def test_accounts_that_are_not_there_are_not_found(
    billing: BillingServiceStub, user_id: str
) -> None:
    expected: Refused = (grpc.StatusCode.NOT_FOUND, "ACCOUNT_NOT_FOUND", [])
    assert refused(billing.GetAccount, pb.GetAccountRequest(user_id=user_id)) == expected
    by_customer = pb.GetAccountRequest(stripe_customer_id="cus_unknown")
    assert refused(billing.GetAccount, by_customer) == expected


def test_a_link_is_never_overwritten(billing: BillingServiceStub, user_id: str) -> None:
    first = link(billing, user_id)
    assert (first.user_id, first.stripe_customer_id) == (user_id, CUSTOMER)
    assert first.access.reason == pb.ACCESS_REASON_NO_SUBSCRIPTION
    assert not first.HasField("sync_time")
    assert link(billing, user_id) == first
    request = pb.LinkCustomerRequest(user_id=str(uuid7()), stripe_customer_id=CUSTOMER)
    expected: Refused = (grpc.StatusCode.FAILED_PRECONDITION, "CUSTOMER_LINKED_ELSEWHERE", [])
    assert refused(billing.LinkCustomer, request) == expected
    assert account(billing).user_id == user_id


def test_of_many_who_claim_a_customer_at_once_one_gets_it(billing: BillingServiceStub) -> None:
    people = [str(uuid7()) for _ in range(16)]

    def claim(user_id: str) -> str:
        try:
            return link(billing, user_id).user_id
        except grpc.RpcError as error:
            return refusal_of(error).reason

    with ThreadPoolExecutor(16) as pool:
        outcomes = list(pool.map(claim, people))
    winner = account(billing).user_id
    assert outcomes == [
        person if person == winner else "CUSTOMER_LINKED_ELSEWHERE" for person in people
    ]


def test_a_link_leaves_the_truth_about_the_customer_alone(
    billing: BillingServiceStub, user_id: str, stripe: StripeSandbox
) -> None:
    customer = stripe.subscribe()["customer"]
    before = billing.SyncCustomer(pb.SyncCustomerRequest(stripe_customer_id=customer)).account
    after = link(billing, user_id, customer)
    assert after.access.granted
    after.user_id = ""
    after.ClearField("update_time")
    before.ClearField("update_time")
    assert after == before


def store(database: Database, clock: FixedClock, customer: str, subscription: Subscription) -> None:
    with database.writer() as db:
        store_truth(db, customer, 0, subscription, clock.now(), customer_deleted=False)


def test_of_several_accounts_the_one_with_the_best_access_counts(
    billing: BillingServiceStub, user_id: str, database: Database, clock: FixedClock
) -> None:
    now = clock.now()
    store(
        database, clock, "cus_1", Subscription("sub_1", "paused", current_period_end=now + 9 * DAY)
    )
    store(database, clock, "cus_2", Subscription("sub_2", "past_due", unpaid_since=now - DAY))
    store(database, clock, "cus_3", Subscription("sub_3", "canceled", paid_until=now + DAY))
    for customer in ("cus_1", "cus_2", "cus_3"):
        link(billing, user_id, customer)
    answer = access(billing, user_id)
    assert (answer.granted, answer.reason) == (True, pb.ACCESS_REASON_GRACE)
    best = billing.GetAccount(pb.GetAccountRequest(user_id=user_id)).account
    assert best.stripe_customer_id == "cus_2"
    clock.advance(7 * DAY)
    assert not access(billing, user_id).granted


def test_access_ends_by_itself_when_its_time_is_over(
    billing: BillingServiceStub, user_id: str, database: Database, clock: FixedClock
) -> None:
    end = clock.now() + 3 * DAY
    store(database, clock, CUSTOMER, Subscription("sub_1", "canceled", paid_until=end))
    link(billing, user_id)
    answer = access(billing, user_id)
    assert (answer.granted, answer.reason) == (True, pb.ACCESS_REASON_PAID_PERIOD)
    assert answer.until_time.ToDatetime(end.tzinfo) == end
    clock.advance(3 * DAY - timedelta(seconds=1))
    assert access(billing, user_id).granted
    clock.advance(timedelta(seconds=1))
    assert access(billing, user_id) == pb.Access(reason=pb.ACCESS_REASON_NOT_ACTIVE)
    assert account(billing).access == pb.Access(reason=pb.ACCESS_REASON_NOT_ACTIVE)


def test_a_status_unknown_to_us_is_kept_as_it_is_and_grants_nothing(
    billing: BillingServiceStub, user_id: str, database: Database, clock: FixedClock
) -> None:
    store(database, clock, CUSTOMER, Subscription("sub_1", "hibernating"))
    link(billing, user_id)
    assert account(billing).status == "hibernating"
    assert access(billing, user_id) == pb.Access(reason=pb.ACCESS_REASON_NOT_ACTIVE)


def test_a_welcome_is_asked_for_once_and_the_first_key_stays_first(
    billing: BillingServiceStub, user_id: str, clock: FixedClock
) -> None:
    def first(key: str, person: str = user_id) -> bool:
        request = pb.RecordWelcomeRequestedRequest(user_id=person, request_key=key)
        return billing.RecordWelcomeRequested(request).first

    at = clock.now()
    assert first("stripe:evt_1")
    clock.advance(400 * DAY)
    assert not first("stripe:evt_2")
    assert first("stripe:evt_1")
    assert first("stripe:evt_2", str(uuid7()))
    assert link(billing, user_id).welcome_requested_time.ToDatetime(at.tzinfo) == at


def test_of_many_welcomes_at_once_one_is_first(billing: BillingServiceStub, user_id: str) -> None:
    def first(key: str) -> bool:
        request = pb.RecordWelcomeRequestedRequest(user_id=user_id, request_key=key)
        return billing.RecordWelcomeRequested(request).first

    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(first, [f"key-{n}" for n in range(16)])) == 1


def test_a_checkout_page_names_the_person(
    billing: BillingServiceStub, user_id: str, stripe: StripeSandbox
) -> None:
    request = pb.CreateCheckoutSessionRequest(user_id=user_id, request_key="link:1")
    answer = billing.CreateCheckoutSession(request)
    session = stripe.object(f"checkout/sessions/{answer.session_id}")
    assert answer.url == session["url"]
    assert session["client_reference_id"] == user_id
    assert session["metadata"] == {"user_id": user_id}
    assert session["customer"] is None
    assert session["success_url"] == "https://example.org/thanks"
    (asked,) = [each for each in stripe.asked() if each["method"] == "POST"]
    assert asked["params"]["subscription_data"] == {"metadata": {"user_id": user_id}}
    assert asked["params"]["line_items"][0]["price"] == PRICE


def test_the_same_key_gives_the_same_checkout_page(
    billing: BillingServiceStub, user_id: str
) -> None:
    request = pb.CreateCheckoutSessionRequest(user_id=user_id, request_key="link:1")
    page = billing.CreateCheckoutSession(request)
    assert billing.CreateCheckoutSession(request) == page
    request.request_key = "link:2"
    assert billing.CreateCheckoutSession(request).session_id != page.session_id
    other = pb.CreateCheckoutSessionRequest(user_id=str(uuid7()), request_key="link:1")
    assert billing.CreateCheckoutSession(other).session_id != page.session_id


def test_who_is_a_customer_already_stays_that_customer(
    billing: BillingServiceStub, user_id: str, stripe: StripeSandbox
) -> None:
    living, gone = sorted(stripe.object("customers", "POST")["id"] for _ in range(2))
    stripe.object(f"customers/{gone}", "DELETE")
    for customer in (gone, living):
        billing.SyncCustomer(pb.SyncCustomerRequest(stripe_customer_id=customer))
        link(billing, user_id, customer)
    request = pb.CreateCheckoutSessionRequest(user_id=user_id, request_key="link:1")
    session_id = billing.CreateCheckoutSession(request).session_id
    assert stripe.object(f"checkout/sessions/{session_id}")["customer"] == living


def test_a_customer_whom_stripe_does_not_have_keeps_nobody_from_paying(
    billing: BillingServiceStub, user_id: str, stripe: StripeSandbox
) -> None:
    link(billing, user_id, "cus_mistyped")
    request = pb.CreateCheckoutSessionRequest(user_id=user_id, request_key="link:1")
    page = billing.CreateCheckoutSession(request)
    session = stripe.object(f"checkout/sessions/{page.session_id}")
    assert (session["customer"], session["client_reference_id"]) == (None, user_id)
    assert billing.CreateCheckoutSession(request) == page


def test_a_customer_gets_the_page_of_their_own_billing(
    billing: BillingServiceStub, user_id: str, stripe: StripeSandbox
) -> None:
    customer = stripe.subscribe()["customer"]
    billing.SyncCustomer(pb.SyncCustomerRequest(stripe_customer_id=customer))
    link(billing, user_id, customer)
    request = pb.CreatePortalSessionRequest(user_id=user_id, request_key="portal:1")
    page = billing.CreatePortalSession(request)
    assert page.session_id.startswith("bps_")
    (asked,) = [each for each in stripe.asked() if each["method"] == "POST"]
    assert (asked["route"], asked["params"]["customer"]) == (PORTAL, customer)
    assert asked["params"]["after_expiration"] == {"type": "customer_login"}, "a text is read late"
    with urlopen(page.url, timeout=60) as shown:
        assert "Cancel" in shown.read().decode()
    assert billing.CreatePortalSession(request) == page
    request.request_key = "portal:2"
    assert billing.CreatePortalSession(request).session_id != page.session_id


def test_who_is_no_customer_has_no_billing_to_see(
    billing: BillingServiceStub, user_id: str, stripe: StripeSandbox
) -> None:
    request = pb.CreatePortalSessionRequest(user_id=user_id, request_key="portal:1")
    expected: Refused = (grpc.StatusCode.FAILED_PRECONDITION, "NO_STRIPE_CUSTOMER", [])
    assert refused(billing.CreatePortalSession, request) == expected
    assert stripe.asked() == []
    for customer in ("cus_mistyped", "cus_of_the_other_mode"):
        link(billing, user_id, customer)
        assert refused(billing.CreatePortalSession, request) == expected


def test_who_paid_a_charge_is_asked_of_stripe(
    billing: BillingServiceStub, stripe: StripeSandbox
) -> None:
    paid = stripe.subscribe()
    charge = stripe.object(f"charges?customer={paid['customer']}")["data"][0]["id"]
    found = billing.FindCustomer(pb.FindCustomerRequest(stripe_charge_id=charge))
    assert found.stripe_customer_id == paid["customer"]
    missing = pb.FindCustomerRequest(stripe_charge_id="ch_missing")
    expected: Refused = (grpc.StatusCode.NOT_FOUND, "CHARGE_NOT_FOUND", [])
    assert refused(billing.FindCustomer, missing) == expected
    for bad in ("", "ch/../1", "ch_1\n", "x" * 256):
        request = pb.FindCustomerRequest(stripe_charge_id=bad)
        assert refused(billing.FindCustomer, request) == invalid("stripe_charge_id")


@pytest.mark.parametrize(
    ("status", "code", "reason"),
    [
        (503, grpc.StatusCode.UNAVAILABLE, "STRIPE_UNAVAILABLE"),
        (403, grpc.StatusCode.FAILED_PRECONDITION, "STRIPE_MISCONFIGURED"),
    ],
)
def test_a_page_of_billing_or_a_charge_waits_for_stripe_like_all_else(
    billing: BillingServiceStub,
    user_id: str,
    stripe: StripeSandbox,
    status: int,
    code: grpc.StatusCode,
    reason: str,
) -> None:
    link(billing, user_id, stripe.subscribe()["customer"])
    stripe.fault("fail", status=status)
    for call, request in (
        (
            billing.CreatePortalSession,
            pb.CreatePortalSessionRequest(user_id=user_id, request_key="portal:1"),
        ),
        (billing.FindCustomer, pb.FindCustomerRequest(stripe_charge_id="ch_1")),
    ):
        assert refused(call, request) == (code, reason, [])
    assert len(stripe.asked()) == 2, "asked once each"


def test_pages_run_through_all_accounts_once(
    billing: BillingServiceStub, database: Database, clock: FixedClock
) -> None:
    for n in range(7):
        status = "active" if n % 2 else "canceled"
        store(database, clock, f"cus_{n}", Subscription(f"sub_{n}", status))

    def pages(status: str) -> list[list[str]]:
        found, token = [], ""
        while True:
            request = pb.ListAccountsRequest(status=status, page_size=2, page_token=token)
            answer = billing.ListAccounts(request)
            found.append([one.stripe_customer_id for one in answer.accounts])
            token = answer.next_page_token
            if not token:
                return found

    assert pages("") == [["cus_0", "cus_1"], ["cus_2", "cus_3"], ["cus_4", "cus_5"], ["cus_6"]]
    assert pages("active") == [["cus_1", "cus_3"], ["cus_5"]]
    assert pages("hibernating") == [[]]


@pytest.mark.parametrize("bad", ["", "42", "{01890a5d-ac96-774b-bcce-b302099a8057}"])
def test_what_is_no_user_id_is_refused_by_name(billing: BillingServiceStub, bad: str) -> None:
    for call, request in (
        (billing.GetAccount, pb.GetAccountRequest(user_id=bad)),
        (billing.GetAccess, pb.GetAccessRequest(user_id=bad)),
        (billing.LinkCustomer, pb.LinkCustomerRequest(user_id=bad, stripe_customer_id=CUSTOMER)),
        (
            billing.RecordWelcomeRequested,
            pb.RecordWelcomeRequestedRequest(user_id=bad, request_key="k"),
        ),
        (
            billing.CreateCheckoutSession,
            pb.CreateCheckoutSessionRequest(user_id=bad, request_key="k"),
        ),
        (billing.CreatePortalSession, pb.CreatePortalSessionRequest(user_id=bad, request_key="k")),
    ):
        assert refused(call, request) == invalid("user_id")


@pytest.mark.parametrize("bad", ["", "cus/../1", "cus 1", "cus_1\n", "x" * 256])
def test_what_is_no_customer_id_is_refused_by_name(
    billing: BillingServiceStub, user_id: str, bad: str
) -> None:
    for call, request in (
        (billing.GetAccount, pb.GetAccountRequest(stripe_customer_id=bad)),
        (billing.LinkCustomer, pb.LinkCustomerRequest(user_id=user_id, stripe_customer_id=bad)),
        (billing.SyncCustomer, pb.SyncCustomerRequest(stripe_customer_id=bad)),
    ):
        assert refused(call, request) == invalid("stripe_customer_id")


@pytest.mark.parametrize(
    "other", ["sub_123", "cs_test_1", "0198c0de-0000-7000-8000-00000000000a", "cus_", "cus_a-b"]
)
def test_an_id_of_something_else_is_linked_to_nobody(
    billing: BillingServiceStub, user_id: str, other: str
) -> None:
    request = pb.LinkCustomerRequest(user_id=user_id, stripe_customer_id=other)
    assert refused(billing.LinkCustomer, request) == invalid("stripe_customer_id")


def test_a_customers_id_that_was_chosen_is_linked_once_stripe_has_told_of_it(
    billing: BillingServiceStub, database: Database, clock: FixedClock, user_id: str
) -> None:
    store(database, clock, "ana@example.org", Subscription("sub_1", "active"))
    assert link(billing, user_id, "ana@example.org").user_id == user_id


@pytest.mark.parametrize("bad", ["", "x" * 201, "two words", "line\nbreak", "clé"])
def test_what_is_no_request_key_is_refused_by_name(
    billing: BillingServiceStub, user_id: str, bad: str
) -> None:
    for call, request in (
        (
            billing.RecordWelcomeRequested,
            pb.RecordWelcomeRequestedRequest(user_id=user_id, request_key=bad),
        ),
        (
            billing.CreateCheckoutSession,
            pb.CreateCheckoutSessionRequest(user_id=user_id, request_key=bad),
        ),
        (
            billing.CreatePortalSession,
            pb.CreatePortalSessionRequest(user_id=user_id, request_key=bad),
        ),
    ):
        assert refused(call, request) == invalid("request_key")


def test_other_bad_input_is_refused_by_name(billing: BillingServiceStub) -> None:
    assert refused(billing.GetAccount, pb.GetAccountRequest()) == invalid("account")
    assert refused(billing.ListAccounts, pb.ListAccountsRequest(status="A\0")) == invalid("status")
    for call, request_type in (
        (billing.ListAccounts, pb.ListAccountsRequest),
        (billing.ListAuditRecords, pb.ListAuditRecordsRequest),
    ):
        assert refused(call, request_type(page_size=-1)) == invalid("page_size")
        assert refused(call, request_type(page_token="nonsense")) == invalid("page_token")


def test_what_an_operator_changes_is_on_record(
    billing: BillingServiceStub,
    grpc_servicer: BillingServicer,
    user_id: str,
    stripe: StripeSandbox,
) -> None:
    operator, customer = Caller("user", str(uuid7())), stripe.subscribe()["customer"]

    def as_operator(method: str, subject: str, request: Any) -> None:
        name = f"/billing.v1.BillingService/{method}"
        with calling(CurrentCall(operator, name, subject, audit=False)):
            getattr(grpc_servicer, method)(request, None)

    linking = pb.LinkCustomerRequest(user_id=user_id, stripe_customer_id=customer)
    as_operator("LinkCustomer", user_id, linking)
    as_operator("SyncCustomer", customer, pb.SyncCustomerRequest(stripe_customer_id=customer))
    newcomer = str(uuid7())
    selling = pb.CreateCheckoutSessionRequest(user_id=newcomer, request_key="k")
    as_operator("CreateCheckoutSession", newcomer, selling)
    managing = pb.CreatePortalSessionRequest(user_id=user_id, request_key="k2")
    as_operator("CreatePortalSession", user_id, managing)
    as_operator("GetAccess", user_id, pb.GetAccessRequest(user_id=user_id))
    found = billing.ListAuditRecords(pb.ListAuditRecordsRequest()).audit_records
    assert [(one.method.rpartition("/")[2], one.subject) for one in found] == [
        ("CreatePortalSession", user_id),
        ("CreateCheckoutSession", newcomer),
        ("SyncCustomer", customer),
        ("LinkCustomer", user_id),
    ]
    assert {one.caller for one in found} == {str(operator)}
