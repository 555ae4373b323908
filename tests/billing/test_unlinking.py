"""A payment that was linked to the wrong person is taken from them, for good."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any
from urllib.request import Request, urlopen

import grpc
import pytest
import sqlalchemy as sa

from kit.access import Caller, CurrentCall, calling
from kit.database import Database
from kit.ids import uuid7
from kit.refusals import refusal_of
from protos.billing.v1 import billing_pb2 as pb
from protos.billing.v1.billing_pb2_grpc import BillingServiceStub
from services.billing.service import BillingServicer
from services.billing.tables import undone_links
from tests.billing.stripe_sandbox import StripeSandbox
from tests.refused import Refused, invalid, refused_by

refused = partial(refused_by, "billing")
ELSEWHERE: Refused = (grpc.StatusCode.FAILED_PRECONDITION, "CUSTOMER_LINKED_ELSEWHERE", [])
UNDONE: Refused = (grpc.StatusCode.FAILED_PRECONDITION, "LINK_UNDONE", [])


@pytest.fixture
def wrong() -> str:
    """The person to whom it was linked."""
    return str(uuid7())


@pytest.fixture
def customer(billing: BillingServiceStub, stripe: StripeSandbox, wrong: str) -> str:
    """Of somebody who pays, linked to the wrong person."""
    customer: str = stripe.subscribe()["customer"]
    billing.SyncCustomer(pb.SyncCustomerRequest(stripe_customer_id=customer))
    billing.LinkCustomer(linking(customer, wrong))
    return customer


def linking(customer: str, user_id: str, *, anew: bool = False) -> pb.LinkCustomerRequest:
    return pb.LinkCustomerRequest(user_id=user_id, stripe_customer_id=customer, anew=anew)


def unlinking(customer: str, user_id: str) -> pb.UnlinkCustomerRequest:
    return pb.UnlinkCustomerRequest(user_id=user_id, stripe_customer_id=customer)


def has_access(billing: BillingServiceStub, user_id: str) -> bool:
    return billing.GetAccess(pb.GetAccessRequest(user_id=user_id)).access.granted


def parked(billing: BillingServiceStub) -> int:
    return billing.GetBillingStats(pb.GetBillingStatsRequest()).parked_accounts


def test_a_wrong_link_is_undone_and_access_by_it_ends(
    billing: BillingServiceStub, customer: str, wrong: str
) -> None:
    assert has_access(billing, wrong)
    undone = billing.UnlinkCustomer(unlinking(customer, wrong)).account
    assert (undone.user_id, undone.status) == ("", "active")
    assert billing.UnlinkCustomer(unlinking(customer, wrong)).account == undone
    assert not has_access(billing, wrong)
    assert parked(billing) == 1
    right = str(uuid7())
    billing.LinkCustomer(linking(customer, right))
    assert has_access(billing, right)
    assert parked(billing) == 0
    assert refused(billing.UnlinkCustomer, unlinking(customer, wrong)) == ELSEWHERE
    assert has_access(billing, right)


def test_an_undone_link_is_made_anew_only_where_that_is_asked_for(
    billing: BillingServiceStub, customer: str, wrong: str
) -> None:
    billing.UnlinkCustomer(unlinking(customer, wrong))
    assert refused(billing.LinkCustomer, linking(customer, wrong)) == UNDONE
    assert not has_access(billing, wrong)
    billing.LinkCustomer(linking(customer, wrong, anew=True))
    assert has_access(billing, wrong)
    assert billing.LinkCustomer(linking(customer, wrong)).account.user_id == wrong


def test_a_link_to_nobody_is_undone_so_that_it_may_be_made_again(
    billing: BillingServiceStub, customer: str, wrong: str
) -> None:
    """No operator has said that the customer is not theirs: that id may be somebody's yet."""
    request = unlinking(customer, wrong)
    request.person_unknown = True
    assert billing.UnlinkCustomer(request).account.user_id == ""
    assert parked(billing) == 1
    assert billing.LinkCustomer(linking(customer, wrong)).account.user_id == wrong


def test_no_look_at_stripe_finds_an_undone_link_again(
    billing: BillingServiceStub, stripe: StripeSandbox, wrong: str
) -> None:
    """Though it was paid on a page that was made for this person, who may subscribe themselves."""
    selling = pb.CreateCheckoutSessionRequest(user_id=wrong, request_key="link:1")
    page = billing.CreateCheckoutSession(selling)
    urlopen(Request(page.url, b"", method="POST"), timeout=60).close()
    looking = pb.LookUpAccessRequest(user_id=wrong)
    assert billing.LookUpAccess(looking).access.granted
    account = billing.GetAccount(pb.GetAccountRequest(user_id=wrong)).account
    billing.UnlinkCustomer(unlinking(account.stripe_customer_id, wrong))
    assert not billing.LookUpAccess(looking).access.granted
    assert billing.CreateCheckoutSession(selling).session_id != page.session_id
    assert parked(billing) == 1


def test_of_many_who_link_and_unlink_at_once_the_link_stays_undone(
    billing: BillingServiceStub, customer: str, wrong: str
) -> None:
    def act(call: Callable[[Any], Any], request: Any) -> str:
        try:
            call(request)
        except grpc.RpcError as error:
            return refusal_of(error).reason
        return ""

    calls = [
        (billing.LinkCustomer, linking(customer, wrong)),
        (billing.UnlinkCustomer, unlinking(customer, wrong)),
    ]
    with ThreadPoolExecutor(16) as pool:
        outcomes = set(pool.map(lambda each: act(*each), calls * 8))
    assert outcomes <= {"", "LINK_UNDONE"}
    account = billing.GetAccount(pb.GetAccountRequest(stripe_customer_id=customer)).account
    assert account.user_id == ""


def test_a_customer_that_was_never_seen_cannot_be_unlinked(
    billing: BillingServiceStub, wrong: str
) -> None:
    expected: Refused = (grpc.StatusCode.NOT_FOUND, "ACCOUNT_NOT_FOUND", [])
    assert refused(billing.UnlinkCustomer, unlinking("cus_unknown", wrong)) == expected


@pytest.mark.parametrize("bad", ["", "nobody", "x" * 300])
def test_bad_input_is_refused_by_field(
    billing: BillingServiceStub, customer: str, wrong: str, bad: str
) -> None:
    assert refused(billing.UnlinkCustomer, unlinking(customer, bad)) == invalid("user_id")
    if bad != "nobody":
        expected = invalid("stripe_customer_id")
        assert refused(billing.UnlinkCustomer, unlinking(bad, wrong)) == expected


def test_an_erased_person_is_named_by_no_undone_link(
    billing: BillingServiceStub, database: Database, customer: str, wrong: str
) -> None:
    billing.UnlinkCustomer(unlinking(customer, wrong))
    assert billing.DeleteAccount(pb.DeleteAccountRequest(user_id=wrong)).deleted
    with database.reader() as db:
        assert db.rows(sa.select(undone_links.c.user_id)) == []


def test_no_phone_finds_the_person_of_a_customer_whom_an_erased_person_is_not(
    billing: BillingServiceStub, customer: str, wrong: str
) -> None:
    billing.UnlinkCustomer(unlinking(customer, wrong))
    account = pb.GetAccountRequest(stripe_customer_id=customer)
    assert not billing.GetAccount(account).account.HasField("phone_distrust_time")
    billing.DeleteAccount(pb.DeleteAccountRequest(user_id=wrong))
    kept = billing.GetAccount(account).account
    assert kept.HasField("phone_distrust_time")
    assert not kept.HasField("erase_time")
    assert parked(billing) == 1
    right = str(uuid7())
    billing.LinkCustomer(linking(customer, right))
    assert has_access(billing, right)


def test_who_undid_a_link_is_written_down(
    billing: BillingServiceStub, grpc_servicer: BillingServicer, customer: str, wrong: str
) -> None:
    operator = Caller("user", str(uuid7()))
    name = "/billing.v1.BillingService/UnlinkCustomer"
    undo: Any = grpc_servicer.UnlinkCustomer
    with calling(CurrentCall(operator, name, wrong, audit=False)):
        undo(unlinking(customer, wrong), None)
    [record] = billing.ListAuditRecords(pb.ListAuditRecordsRequest()).audit_records
    assert (record.caller, record.method, record.subject) == (str(operator), name, wrong)
