"""Something happened at Stripe: the account is brought up to date and its person found."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import pytest

from kit.ids import uuid7
from protos.billing.v1 import billing_pb2 as billing
from protos.billing.v1.billing_pb2_grpc import BillingServiceStub
from protos.jobs.v1.payloads_pb2 import ProcessStripeEvent
from services.billing.stripe_client import stripe_client
from services.jobs.workflows import process_stripe_event
from services.jobs.workflows.outcome import Bury, Done, Later, Outcome
from tests.billing.stripe_sandbox import KEY, PRICE
from tests.jobs.workflows.acting import ANA, Acting, done
from tests.jobs.workflows.serving import Services

BO = "+12025550102"


@pytest.fixture
def paying(acting: Acting) -> Acting:
    """Our clock is Stripe's."""
    acting.clock.advance(datetime.now(UTC).replace(microsecond=0) - acting.clock.now())
    return acting


def happens(acting: Acting, customer: str, **fields: Any) -> Outcome:
    job = {name: fields.pop(name) for name in ("key", "attempt") if name in fields}
    event = ProcessStripeEvent(event_id="evt_1", stripe_customer_id=customer, **fields)
    return acting.run(process_stripe_event.run, event, **{"key": "stripe:evt_1", **job})


def owner(acting: Acting, customer: str) -> str:
    synced = acting.act(lambda ctx: ctx.billing.sync(customer))
    assert synced is not None
    return synced.account.user_id


def welcome(user_id: str) -> str:
    return f"welcome:{user_id}"


def test_an_id_in_the_event_counts_where_stripe_keeps_none(paying: Acting) -> None:
    ana = paying.person()
    customer = paying.stripe.subscribe(BO)["customer"]
    outcome = happens(paying, customer, user_id=ana, phone_number=BO)
    done(outcome, welcome(ana))
    assert owner(paying, customer) == ana


def test_an_id_that_stripe_keeps_counts_first(paying: Acting) -> None:
    ana = paying.person()
    customer = paying.stripe.subscribe(BO, link="metadata", user_id=ana)["customer"]
    done(happens(paying, customer), welcome(ana))


@pytest.mark.parametrize("first", ["of the page", "of the subscription", "of the customer"])
def test_whom_the_page_was_made_for_is_its_person_whatever_metadata_says(
    paying: Acting, first: str
) -> None:
    """Whichever event comes first; the others would give the page's buyer's access away."""
    ana, bo = paying.person(ANA), paying.person(BO)
    customer = paying.stripe.sells(
        PRICE,
        client_reference_id=ana,
        subscription_data={"metadata": {"user_id": bo}},
    ).customer
    named = {"of the page": ana, "of the subscription": bo}.get(first, "")
    done(happens(paying, customer, user_id=named, phone_number=BO), welcome(ana))
    assert owner(paying, customer) == ana
    assert not paying.act(lambda ctx: ctx.billing.access(bo)).granted


def test_a_customer_who_pays_nothing_makes_nobody_a_person(paying: Acting) -> None:
    """Whoever else has an account at the same Stripe: a donor, say."""
    cleo = "+12025550103"
    customers = stripe_client(KEY, paying.stripe.url, 5).v1.customers
    donor = customers.create({"phone": cleo}).id
    assert happens(paying, donor, phone_number=cleo) == Done("no subscription and no person")
    assert paying.trouble.calls["EnsureUser"] == 0


@pytest.mark.parametrize("nonsense", ["somebody", "00000000-0000-7000-8000-000000000000"])
def test_an_id_of_nobody_is_passed_over(paying: Acting, nonsense: str) -> None:
    customer = paying.stripe.subscribe(ANA)["customer"]
    outcome = happens(paying, customer, user_id=nonsense, phone_number="(202) 555-0101")
    done(outcome, welcome(paying.person(ANA)))


def test_a_phone_that_never_texted_makes_the_person(paying: Acting) -> None:
    customer = paying.stripe.subscribe(BO, link="phone")["customer"]
    outcome = happens(paying, customer)
    done(outcome, welcome(paying.person(BO)))


def test_a_customer_once_linked_stays_so(paying: Acting) -> None:
    ana, bo = paying.person(ANA), paying.person(BO)
    customer = paying.stripe.subscribe(ANA)["customer"]
    happens(paying, customer, user_id=ana)
    assert happens(paying, customer, key="stripe:evt_2", user_id=bo) == Done("synced")
    assert owner(paying, customer) == ana


def test_who_paid_twice_is_both_customers_and_is_welcomed_once(paying: Acting) -> None:
    """Two pages, each of which made a customer; then one of the two is given up."""
    ana = paying.person()
    first, second = (paying.stripe.subscribe(ANA, link="metadata", user_id=ana) for _ in range(2))
    done(happens(paying, first["customer"]), welcome(ana))
    assert happens(paying, second["customer"], key="stripe:evt_2") == Done("synced")
    assert [owner(paying, each["customer"]) for each in (first, second)] == [ana, ana]
    paying.stripe.object(f"customers/{first['customer']}", "DELETE")
    assert happens(paying, first["customer"], key="stripe:evt_3") == Done("synced")
    assert paying.act(lambda ctx: ctx.billing.access(ana)).granted
    assert len(paying.act(lambda ctx: ctx.billing.cancel_subscriptions(ana))) == 2
    held = paying.stripe.object(f"subscriptions/{second['subscription']}")
    assert held["status"] == "canceled"


def test_a_payment_of_nobody_waits_and_is_seen(paying: Acting) -> None:
    customer = paying.stripe.subscribe(ANA, link="none")["customer"]
    later = Later(timedelta(minutes=10), "CUSTOMER_NOT_LINKED")
    assert happens(paying, customer) == later
    ana = paying.person()
    paying.act(lambda ctx: ctx.billing.link(ana, customer))
    done(happens(paying, customer), welcome(ana))


def test_a_customer_that_stripe_does_not_know_waits(paying: Acting) -> None:
    later = Later(timedelta(minutes=10), "CUSTOMER_UNKNOWN_TO_STRIPE")
    assert happens(paying, "cus_unknown") == later


def test_an_event_about_no_customer_is_looked_at_by_a_person(paying: Acting) -> None:
    assert isinstance(happens(paying, ""), Bury)


def charge_of(acting: Acting, customer: str) -> str:
    found: str = acting.stripe.object(f"charges?customer={customer}")["data"][0]["id"]
    return found


def test_a_dispute_finds_its_customer_by_the_charge(paying: Acting) -> None:
    ana = paying.person()
    paid = paying.stripe.subscribe(ANA)
    happens(paying, paid["customer"], user_id=ana)
    charge = charge_of(paying, paid["customer"])
    paying.stripe.act(paid["subscription"], "dispute")
    assert happens(paying, "", key="stripe:evt_2", stripe_charge_id=charge) == Done("synced")
    paying.stripe.act(paid["subscription"], "set", fields={"status": "unpaid"})
    assert happens(paying, "", key="stripe:evt_3", stripe_charge_id=charge) == Done("synced")
    assert not paying.act(lambda ctx: ctx.billing.access(ana)).granted, "as SyncCustomer says"


def test_a_dispute_that_comes_first_links_its_customer(paying: Acting) -> None:
    customer = paying.stripe.subscribe(BO, link="phone")["customer"]
    outcome = happens(paying, "", stripe_charge_id=charge_of(paying, customer))
    done(outcome, welcome(paying.person(BO)))
    assert owner(paying, customer) == paying.person(BO)


def test_a_charge_of_a_guest_is_looked_at_by_a_person(paying: Acting) -> None:
    guests = {"id": "ch_1", "object": "charge", "customer": None}
    paying.stripe.fault("fail", "/v1/charges/*", status=200, body=json.dumps(guests))
    assert happens(paying, "", stripe_charge_id="ch_1") == Bury("NO_CUSTOMER")


def test_a_charge_that_stripe_does_not_know_waits(paying: Acting) -> None:
    later = Later(timedelta(minutes=10), "CHARGE_UNKNOWN_TO_STRIPE")
    assert happens(paying, "", stripe_charge_id="ch_unknown") == later


def test_a_person_is_welcomed_once_by_whichever_event_comes_first(paying: Acting) -> None:
    ana = paying.person()
    customer = paying.stripe.subscribe(ANA)["customer"]
    done(happens(paying, customer, user_id=ana), welcome(ana))
    assert happens(paying, customer, key="stripe:evt_2") == Done("synced")
    repeat = happens(paying, customer, key="stripe:evt_1", attempt=2)
    done(repeat, welcome(ana))  # it did not settle: stored once for its key


def test_a_payment_that_was_taken_from_somebody_waits_for_whose_it_is(
    paying: Acting, services: Services
) -> None:
    """By their phone they would be found again."""
    bo, ana = paying.person(BO), paying.person()
    customer = paying.stripe.subscribe(BO, link="phone")["customer"]
    done(happens(paying, customer), welcome(bo))
    with grpc.insecure_channel(services.address) as channel:
        operator = BillingServiceStub(channel)
        operator.UnlinkCustomer(
            billing.UnlinkCustomerRequest(user_id=bo, stripe_customer_id=customer)
        )
        waits = Later(timedelta(minutes=10), "CUSTOMER_NOT_LINKED")
        assert happens(paying, customer, key="stripe:evt_2") == waits
        operator.LinkCustomer(billing.LinkCustomerRequest(user_id=ana, stripe_customer_id=customer))
    done(happens(paying, customer, key="stripe:evt_2", attempt=2), welcome(ana))
    assert owner(paying, customer) == ana


def test_a_payment_that_is_linked_to_nobody_real_is_parked_and_mended_by_a_link(
    paying: Acting, services: Services
) -> None:
    """An operator mistyped the id of the person."""
    customer = paying.stripe.subscribe(BO, link="none")["customer"]
    nobody, bo = str(uuid7()), paying.person(BO)
    with grpc.insecure_channel(services.address) as channel:
        operator = BillingServiceStub(channel)
        for user_id in (nobody, nobody):
            operator.LinkCustomer(
                billing.LinkCustomerRequest(user_id=user_id, stripe_customer_id=customer)
            )
            waits = Later(timedelta(minutes=10), "CUSTOMER_NOT_LINKED")
            assert happens(paying, customer) == waits
        stats = operator.GetBillingStats(billing.GetBillingStatsRequest())
        assert stats.parked_accounts == 1
        operator.LinkCustomer(billing.LinkCustomerRequest(user_id=bo, stripe_customer_id=customer))
    done(happens(paying, customer, attempt=2), welcome(bo))
    assert paying.act(lambda ctx: ctx.billing.access(bo)).granted


def test_an_event_of_somebody_who_is_erased_meanwhile_makes_nobody(paying: Acting) -> None:
    """Their account was fetched before billing forgot whose it is."""
    bo = paying.person(BO)
    customer = paying.stripe.subscribe(BO, link="phone")["customer"]
    done(happens(paying, customer), welcome(bo))
    before = paying.act(lambda ctx: ctx.billing.sync(customer))
    assert before is not None
    paying.act(lambda ctx: ctx.billing.delete(bo))
    after = paying.act(lambda ctx: ctx.billing.unlink_from_nobody(bo, customer))
    assert after.HasField("erase_time")
    assert happens(paying, customer, key="stripe:evt_2") == Done("of an erased person")


def test_whoever_is_erased_is_not_made_a_person_again_by_a_payment_that_was_not_theirs(
    paying: Acting, services: Services
) -> None:
    bo = paying.person(BO)
    customer = paying.stripe.subscribe(BO, link="phone")["customer"]
    done(happens(paying, customer), welcome(bo))
    with grpc.insecure_channel(services.address) as channel:
        wrong = billing.UnlinkCustomerRequest(user_id=bo, stripe_customer_id=customer)
        BillingServiceStub(channel).UnlinkCustomer(wrong)
    paying.act(lambda ctx: ctx.billing.delete(bo))
    paying.act(lambda ctx: ctx.identity.delete_user(bo, suppress_number=False))
    waits = Later(timedelta(minutes=10), "CUSTOMER_NOT_LINKED")
    assert happens(paying, customer, key="stripe:evt_2", phone_number=BO) == waits
    anew = paying.stripe.subscribe(BO, link="phone")["customer"]
    made = happens(paying, anew, key="stripe:evt_3")
    bo_again = owner(paying, anew)
    assert bo_again != bo
    done(made, welcome(bo_again))


@pytest.mark.parametrize(
    "method",
    [
        "SyncCustomer",
        "EnsureUser",
        "LinkCustomer",
        "GetAccess",
        "RecordAccess",
        "RecordWelcomeRequested",
    ],
)
def test_whatever_breaks_the_person_is_linked_and_welcomed(paying: Acting, method: str) -> None:
    customer = paying.stripe.subscribe(BO, link="phone")["customer"]
    paying.trouble.make(f"*/{method}", "loses the answer", times=1)
    with pytest.raises(grpc.aio.AioRpcError):
        happens(paying, customer)
    outcome = happens(paying, customer, attempt=2)
    done(outcome, welcome(paying.person(BO)))


def test_stripe_that_is_down_is_waited_for(paying: Acting) -> None:
    customer = paying.stripe.subscribe(ANA, link="phone")["customer"]
    paying.stripe.fault("fail", status=500)
    with pytest.raises(grpc.aio.AioRpcError):
        happens(paying, customer)
