"""Stripe's objects are read whatever their age and whatever they lack."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.billing import mirror

EVENTS = sorted((Path(__file__).parents[1] / "data" / "stripe_events").glob("subscription_*.json"))


def at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


@pytest.mark.parametrize("path", EVENTS, ids=lambda path: path.stem)
def test_events_of_2020_are_understood(path: Path) -> None:
    subscription = json.loads(path.read_text())["data"]["object"]
    read = mirror.subscription_of(subscription)
    assert read.subscription_id == subscription["id"]
    assert read.status == subscription["status"]
    assert read.price_id == "price_1IDQm5JDPojXS6LNM31hxKzp"
    assert read.current_period_end == at(subscription["current_period_end"])
    assert read.trial_end is None
    ended = subscription["ended_at"]
    assert read.cancel_time == (at(ended) if ended else None)


def test_there_are_events_of_2020() -> None:
    assert len(EVENTS) == 3


@pytest.mark.parametrize(
    ("subscription", "end"),
    [
        ({"items": {"data": [{"current_period_end": 10}]}}, 10),
        ({"items": {"data": [{"current_period_end": n} for n in (10, 30, 20)]}}, 30),
        ({"items": {"data": [{"current_period_end": 10}]}, "current_period_end": 99}, 10),
        ({"items": {"data": [{}, {"current_period_end": 10}]}, "current_period_end": 99}, 10),
        ({"items": {"data": [{}]}, "current_period_end": 99}, 99),
        ({"current_period_end": 99}, 99),
        ({"items": {"data": []}}, None),
        ({"items": None}, None),
        ({"current_period_end": "soon"}, None),
        ({"current_period_end": 10**30}, None),
        ({}, None),
    ],
)
def test_the_period_ends_with_its_last_item(subscription: Any, end: int | None) -> None:
    assert mirror.current_period_end(subscription) == (None if end is None else at(end))


@pytest.mark.parametrize(
    ("subscription", "price"),
    [
        (
            {"items": {"data": [{"price": {"id": "price_1"}}, {"price": {"id": "price_2"}}]}},
            "price_1",
        ),
        ({"items": {"data": [{"price": "price_1"}]}}, "price_1"),
        ({"items": {"data": [{"plan": {"id": "plan_1"}}]}}, "plan_1"),
        ({"plan": {"id": "plan_1"}}, "plan_1"),
        ({"items": {"data": []}}, ""),
        ({"items": {"data": [{"price": None}]}}, ""),
    ],
)
def test_the_price_is_that_of_the_first_item(subscription: Any, price: str) -> None:
    assert mirror.price_id(subscription) == price


@pytest.mark.parametrize(
    ("subscription", "end"),
    [
        ({"status": "active"}, None),
        ({"status": "active", "cancel_at": 50}, 50),
        ({"status": "active", "cancel_at": 50, "canceled_at": 10}, 50),
        (
            {"status": "active", "cancel_at_period_end": True, "canceled_at": 10}
            | {"items": {"data": [{"current_period_end": 70}]}},
            70,
        ),
        ({"status": "active", "canceled_at": 10}, None),
        ({"status": "canceled", "ended_at": 60, "canceled_at": 10, "cancel_at": 65}, 60),
        ({"status": "canceled", "canceled_at": 10}, 10),
    ],
)
def test_when_it_ended_or_is_to_end(subscription: Any, end: int | None) -> None:
    read = mirror.subscription_of(subscription).cancel_time
    assert read == (None if end is None else at(end))


def invoice(status: str = "paid", **fields: Any) -> dict[str, Any]:
    """An invoice of sub_1 over [1000, 2000), paid by pi_1 unless fields say otherwise."""
    parent = {"subscription_details": {"subscription": fields.pop("subscription", "sub_1")}}
    payment = {"status": "paid", "payment": {"type": "payment_intent", "payment_intent": "pi_1"}}
    return {
        "status": status,
        "created": 1000,
        "total": 900,
        "period_end": 1000,
        "parent": parent,
        "lines": {"data": [line(2000)]},
        "payments": {"data": [payment]},
        "post_payment_credit_notes_amount": 0,
    } | fields


def line(
    end: int, amount: int = 900, subscription: str = "sub_1", start: int = 1000, **details: Any
) -> dict[str, Any]:
    details = {"subscription": subscription, "proration": amount < 0} | details
    return {
        "amount": amount,
        "period": {"start": start, "end": end},
        "parent": {"type": "subscription_item_details", "subscription_item_details": details},
    }


@pytest.mark.parametrize(
    ("invoices", "refunded", "end"),
    [
        ([invoice()], (), 2000),
        ([invoice(), invoice(lines={"data": [line(3000)]})], (), 3000),
        ([invoice("open")], (), None),
        ([invoice("void")], (), None),
        ([invoice("draft")], (), None),
        ([invoice("uncollectible")], (), None),
        # a trial's invoice is "paid" too
        ([invoice(total=0, lines={"data": [line(2000, 0)]})], (), None),
        # a coupon for all of it
        ([invoice(total=0)], (), None),
        ([invoice(lines={"data": [line(2000), line(9000, -900), line(9000, 0)]})], (), 2000),
        ([invoice(lines={"data": [line(2000), line(9000, 900, "sub_2")]})], (), 2000),
        ([invoice(subscription="sub_2")], (), None),
        ([invoice()], ("pi_1",), None),
        ([invoice()], ("pi_2",), 2000),
        ([invoice(lines={"data": [line(1500)]}), invoice(payments={"data": []})], ("pi_1",), 2000),
        (
            [invoice(payments={"data": [{"payment": {"type": "charge", "charge": "ch_1"}}]})],
            ("ch_1",),
            None,
        ),
        ([invoice(post_payment_credit_notes_amount=900)], (), None),
        ([invoice(post_payment_credit_notes_amount=100)], (), 2000),
        ([{**invoice(), "parent": None, "subscription": "sub_1"}], (), 2000),
        ([invoice(lines=None)], (), None),
        ([], (), None),
    ],
)
def test_access_of_the_canceled_lasts_as_long_as_was_paid_and_kept(
    invoices: Any, refunded: Any, end: int | None
) -> None:
    read = mirror.subscription_of({"id": "sub_1", "status": "canceled"}, invoices, refunded)
    assert read.paid_until == (None if end is None else at(end))


def paid(*lines: dict[str, Any], total: int, **fields: Any) -> dict[str, Any]:
    return invoice(total=total, lines={"data": [*lines]}, payments={"data": []}, **fields)


YEAR = paid(line(9000, 12_000), total=12_000)
TO_MONTHLY = paid(line(9000, -11_000, start=2000), line(3000, 1500, start=2000), total=-9500)
MONTH = paid(line(4000, 1500, start=3000), total=1500)
OLD_CREDIT = {"amount": -900, "proration": True, "period": {"start": 2000, "end": 9000}}


@pytest.mark.parametrize(
    ("invoices", "end"),
    [
        ([YEAR], 9000),
        ([YEAR, TO_MONTHLY], 3000),
        ([TO_MONTHLY], 3000),
        ([MONTH, TO_MONTHLY, YEAR], 4000),
        # monthly again yearly, the new year from the change
        ([paid(line(3000, -700, start=2000), line(9000, start=2000), total=9), invoice()], 9000),
        # another price for the rest of the same period: credit and debit end together
        ([YEAR, paid(line(9000, -50, start=2000), line(9000, 60, start=2000), total=10)], 9000),
        # a change that is not paid yet, or was given back, ends nothing
        ([YEAR, TO_MONTHLY | {"status": "open"}], 9000),
        ([YEAR, TO_MONTHLY | {"status": "void"}], 9000),
        ([YEAR, TO_MONTHLY | {"post_payment_credit_notes_amount": 1500}], 9000),
        # a present, not credit for a change
        ([YEAR, paid(line(9000, -500, start=2000, proration=False), total=-500)], 9000),
        # one of two items is taken away
        (
            [
                paid(line(9000, subscription_item="si_1"), total=900),
                paid(line(9000, -800, start=2000, subscription_item="si_2"), total=-800),
            ],
            9000,
        ),
        (
            [
                paid(line(9000, subscription_item="si_1"), total=900),
                paid(line(9000, -800, start=2000, subscription_item="si_1"), total=-800),
            ],
            2000,
        ),
        ([YEAR, paid(line(9000, -500, "sub_2", start=2000), total=-500)], 9000),
        # as lines were written until 2025
        ([YEAR, paid(OLD_CREDIT, total=-900)], 2000),
    ],
)
def test_who_changes_the_plan_has_paid_what_credit_left_of_the_old_and_paid_of_the_new(
    invoices: Any, end: int
) -> None:
    assert mirror.paid_until(invoices, "sub_1", ()) == at(end)


def test_a_payment_that_failed_first_and_then_succeeded_is_judged_by_the_second() -> None:
    failed = {"status": "canceled", "payment": {"payment_intent": "pi_0"}}
    paid = {"status": "paid", "payment": {"payment_intent": {"id": "pi_1"}}}
    one = invoice(payments={"data": [failed, paid]})
    assert mirror.paid_until([one], "sub_1", {"pi_1"}) is None
    assert mirror.paid_until([one], "sub_1", {"pi_0"}) == at(2000)


def test_the_grace_runs_from_the_latest_unpaid_invoice() -> None:
    invoices = [
        invoice("open", created=100),
        invoice("uncollectible", created=300),
        invoice("paid", created=900),
        invoice("draft", created=910),
        invoice("void", created=920),
        invoice("open", created=930, subscription="sub_2"),
    ]
    read = mirror.subscription_of({"id": "sub_1", "status": "past_due"}, invoices)
    assert read.unpaid_since == at(300)


def test_a_user_id_is_taken_from_the_first_object_that_has_one_of_ours() -> None:
    user_id = "01936f6e-0000-7000-8000-000000000001"
    of_another_seller, ours = {"metadata": {"user_id": "4711"}}, {"metadata": {"user_id": user_id}}
    assert mirror.user_id_in({"metadata": {}}, of_another_seller, ours) == user_id
    assert mirror.user_id_in({"metadata": None}, {}, of_another_seller) == ""


FIELDS = st.sampled_from(
    "id status items data price current_period_end lines period end amount total parent created"
    " subscription subscription_details payments payment metadata user_id ended_at cancel_at"
    " trial_end payment_intent start proration subscription_item subscription_item_details".split()
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(FIELDS, inner, max_size=4),
    max_leaves=12,
)
OBJECTS = st.dictionaries(FIELDS, JSON)


@given(OBJECTS, st.lists(OBJECTS, max_size=3))
def test_no_object_however_odd_stops_the_reading(subscription: Any, invoices: Any) -> None:
    mirror.subscription_of(subscription, invoices, {"pi_1"})
    mirror.user_id_in(subscription)
    mirror.phone_in(subscription)
