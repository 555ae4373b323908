"""Whom a Stripe event is said to concern."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kit.clock import FixedClock
from kit.stripe_event import HANDLED
from tests.gateway.door import (
    DATA,
    Door,
    open_door,
    settings,
)
from tests.gateway.fake_jobs import FakeJobs
from tests.gateway.stripe_events import NOW, at, event

USER = "01890a5d-ac96-774b-bcce-b302099a8057"
OTHER_USER = "01890a5d-ac96-774b-bcce-b302099a8058"


@pytest.fixture(scope="module")
def running_door(running_jobs: FakeJobs, certificates: Path) -> Iterator[Door]:
    # Without a key of ours: the recorded events are of both modes.
    chosen = settings(running_jobs.port, certificates, stripe_secret_key="")
    with open_door(chosen, FixedClock(NOW)) as door:
        yield door


def said_of(door: Door, jobs: FakeJobs, subject: Any) -> tuple[str, str, str]:
    jobs.reset()
    assert door.stripe(event(subject), at=at()).status == 200
    job = jobs.only.payload.process_stripe_event
    return job.stripe_customer_id, job.user_id, job.phone_number


def recorded(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((DATA / "stripe_events" / f"{name}.json").read_text())
    return loaded


@pytest.mark.parametrize(
    ("name", "customer", "phone"),
    [
        ("checkout_session_completed", "cus_IhGfebO16cMIGN", ""),
        ("subscription_created", "cus_IhGfebO16cMIGN", ""),
        ("subscription_updated", "cus_IhGfebO16cMIGN", ""),
        ("subscription_deleted", "cus_IhGfebO16cMIGN", ""),
        ("invoice_paid", "cus_JsuO3bmrj0QlAw", ""),
        ("invoice_voided", "cus_JsuO3bmrj0QlAw", ""),
        ("charge_refunded", "cus_J7Mkgr8mvbl1eK", ""),
        ("charge_dispute_created", "", ""),
        ("customer_updated", "cus_IhGfebO16cMIGN", "+6587498462"),
        ("customer_deleted", "cus_IhGfebO16cMIGN", ""),
    ],
)
def test_a_recorded_event_of_2020_becomes_a_job_for_its_customer(
    door: Door, jobs: FakeJobs, name: str, customer: str, phone: str
) -> None:
    whole = recorded(name)
    assert door.stripe(whole, at=at()).status == 200
    job = jobs.only.payload.process_stripe_event
    assert jobs.only.key == f"stripe:{whole['id']}"
    assert (job.event_id, job.event_type) == (whole["id"], whole["type"])
    assert (job.stripe_customer_id, job.user_id, job.phone_number) == (customer, "", phone)
    disputed = "ch_1IqtGAJDPojXS6LNstgEfUji" if name == "charge_dispute_created" else ""
    assert job.stripe_charge_id == disputed


@pytest.mark.parametrize("event_type", sorted(HANDLED))
def test_every_handled_type_is_a_job(door: Door, jobs: FakeJobs, event_type: str) -> None:
    assert door.stripe(event(type=event_type), at=at()).status == 200
    assert jobs.only.payload.process_stripe_event.event_type == event_type


def test_a_checkout_names_its_person_and_their_phone(door: Door, jobs: FakeJobs) -> None:
    session = {
        "object": "checkout.session",
        "customer": "cus_1",
        "client_reference_id": USER,
        "customer_details": {"phone": "+12025550101"},
        "metadata": {"user_id": OTHER_USER},
    }
    assert said_of(door, jobs, session) == ("cus_1", USER, "+12025550101")
    session["client_reference_id"] = "order 7"
    assert said_of(door, jobs, session) == ("cus_1", OTHER_USER, "+12025550101")


def test_a_guests_checkout_has_no_customer(door: Door, jobs: FakeJobs) -> None:
    session = {"object": "checkout.session", "customer": None, "customer_details": None}
    assert said_of(door, jobs, session) == ("", "", "")


def test_a_subscription_names_its_person_in_its_metadata(door: Door, jobs: FakeJobs) -> None:
    subscription = {"object": "subscription", "customer": "cus_1", "metadata": {"user_id": USER}}
    assert said_of(door, jobs, subscription) == ("cus_1", USER, "")


def test_an_invoice_of_today_and_of_yesterday_names_its_person(door: Door, jobs: FakeJobs) -> None:
    details = {"subscription_details": {"metadata": {"user_id": USER}}}
    invoice = {"object": "invoice", "customer": "cus_1", "customer_phone": "+12025550101"}
    for shape in ({"parent": details}, details):
        assert said_of(door, jobs, invoice | shape) == ("cus_1", USER, "+12025550101")


def test_an_expanded_customer_is_read_by_its_id(door: Door, jobs: FakeJobs) -> None:
    expanded = {"customer": {"id": "cus_1", "phone": "+12025550101", "metadata": {}}}
    assert said_of(door, jobs, expanded) == ("cus_1", "", "+12025550101")
    assert said_of(door, jobs, {"charge": {"customer": "cus_2"}}) == ("cus_2", "", "")


def test_the_phone_of_a_card_is_not_the_persons(door: Door, jobs: FakeJobs) -> None:
    charge = {"object": "charge", "customer": "cus_1", "billing_details": {"phone": "+1202555"}}
    assert said_of(door, jobs, charge) == ("cus_1", "", "")


@pytest.mark.parametrize("phone", ["call me", "+1\u0000", "\ud802", "1" * 60, 7, {"a": 1}])
def test_what_is_no_phone_is_left_out(door: Door, jobs: FakeJobs, phone: Any) -> None:
    session = {"customer": "cus_1", "customer_details": {"phone": phone}, "metadata": [phone]}
    assert said_of(door, jobs, session) == ("cus_1", "", "")


@pytest.mark.parametrize("version", ["2011-01-01", "2031-01-01.zinnia", "", None, 7])
def test_the_version_in_which_an_event_is_written_keeps_nobody_out(
    door: Door, jobs: FakeJobs, version: Any
) -> None:
    written = {**event({"customer": "cus_1", "of_tomorrow": {}}), "api_version": version}
    assert door.stripe(written, at=at()).status == 200
    assert jobs.only.payload.process_stripe_event.stripe_customer_id == "cus_1"


def test_nothing_else_of_the_payload_is_believed(door: Door, jobs: FakeJobs) -> None:
    door.stripe(event({"customer": "cus_1", "status": "active", "email": "a@b.example"}), at=at())
    assert "active" not in str(jobs.only)
    assert "a@b.example" not in str(jobs.only)
