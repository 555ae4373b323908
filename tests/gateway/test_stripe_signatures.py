"""Acceptance, Door 5 to 7, for Stripe."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from kit.clock import FixedClock
from tests.gateway.door import (
    OLD_SECRET,
    SECRET,
    VECTORS,
    Door,
    open_door,
    settings,
    stripe_headers,
)
from tests.gateway.fake_jobs import FakeJobs
from tests.gateway.stripe_events import NOW, at, event


class Watch(FixedClock):
    def set(self, at: datetime) -> None:
        self.advance(at - self.now())


@pytest.fixture(scope="module")
def watch() -> Watch:
    return Watch(NOW)


@pytest.fixture(scope="module")
def running_door(running_jobs: FakeJobs, certificates: Path, watch: Watch) -> Iterator[Door]:
    secrets = {SECRET, OLD_SECRET, *(each["secret"] for each in VECTORS["stripe_signatures"])}
    chosen = settings(
        running_jobs.port,
        certificates,
        stripe_webhook_secret=",".join(sorted(secrets)),
        stripe_secret_key="",
    )
    with open_door(chosen, watch) as door:
        yield door


@pytest.fixture(autouse=True)
def noon(watch: Watch) -> None:
    watch.set(NOW)


# --- 5 and 6 ------------------------------------------------------------------------------------


@pytest.mark.parametrize("secret", [SECRET, OLD_SECRET])
def test_old_and_new_secret_are_accepted_during_the_overlap(
    door: Door, jobs: FakeJobs, secret: str
) -> None:
    assert door.stripe(event(), secret=secret, at=at()).status == 200
    assert list(jobs.jobs) == ["stripe:evt_1"]


def test_a_header_signed_with_both_secrets_is_accepted(door: Door, jobs: FakeJobs) -> None:
    payload = json.dumps(event())
    (kind, (name, new)), (_, (_, unknown)) = (
        stripe_headers(payload, secret, at()) for secret in (SECRET, "whsec_future")
    )
    both = f"{unknown},{new.partition(',')[2]}"
    assert door.send("/stripe", payload.encode(), [kind, (name, both)]).status == 200


def test_an_unknown_secret_is_refused(door: Door, jobs: FakeJobs) -> None:
    answer = door.stripe(event(), secret="whsec_unknown", at=at())
    assert (answer.status, answer.body) == (403, b"Unauthorized")
    assert jobs.calls == 0


@pytest.mark.parametrize("vector", VECTORS["stripe_signatures"], ids=lambda vector: vector["id"])
def test_every_stripe_vector_as_stated_refused_ones_with_403(
    door: Door, jobs: FakeJobs, watch: Watch, vector: dict[str, Any]
) -> None:
    watch.set(datetime.fromtimestamp(vector["now"], UTC))
    headers = [
        ("Content-Type", "application/json; charset=utf-8"),
        ("Stripe-Signature", vector["stripe_signature"]),
    ]
    answer = door.send("/stripe", vector["payload"].encode(), headers)
    assert answer.status == (200 if vector["expect_valid"] else 403)
    assert jobs.calls == 0, "the vectors' types are none that we handle"


@pytest.mark.parametrize(("seconds", "status"), [
    (0, 200), (200, 200), (300, 200), (301, 403), (400, 403), (-300, 200), (-301, 403),
])  # fmt: skip
def test_a_signature_is_good_for_300_seconds_either_way(
    door: Door, jobs: FakeJobs, seconds: int, status: int
) -> None:
    assert door.stripe(event(), at=at(seconds)).status == status


@pytest.mark.parametrize("time", [10**20, -1])
def test_a_time_that_is_none_is_refused_although_well_signed(
    door: Door, jobs: FakeJobs, time: int
) -> None:
    assert door.stripe(event(), at=time).status == 403


@pytest.mark.parametrize(
    "spoil",
    [
        lambda header: header.replace("t=", "t=\u0661"),
        lambda header: header.replace("t=", "t=0_"),
        lambda header: header + ",v1=\u00e9",
        lambda header: "t=1," + header,
        lambda header: header.replace("v1=", "v0="),
    ],
)
def test_a_header_that_stripe_would_not_write_is_refused(
    door: Door, jobs: FakeJobs, spoil: Any
) -> None:
    payload = json.dumps(event())
    kind, (name, header) = stripe_headers(payload, at=at())
    spoilt = spoil(header).encode("utf-8").decode("latin-1")
    assert door.send("/stripe", payload.encode(), [kind, (name, spoilt)]).status == 403


def test_a_missing_signature_is_refused(door: Door, jobs: FakeJobs) -> None:
    answer = door.send("/stripe", b"{}", [("Content-Type", "application/json")])
    assert (answer.status, answer.body) == (403, b"Unauthorized")


def test_two_signature_headers_are_a_bad_request(door: Door, jobs: FakeJobs) -> None:
    payload = json.dumps(event())
    headers = stripe_headers(payload, at=at())
    assert door.send("/stripe", payload.encode(), [*headers, headers[1]]).status == 400
    assert jobs.calls == 0


# --- 7 ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "payload",
    [
        "this is not valid JSON",
        "",
        "[]",
        "null",
        "[" * 100_000,
        "9" * 10_000,
        '{"id": "evt_1", "object": "v2.core.event", "type": "v2.core.account.updated"}',
        '{"object": "event", "type": "invoice.paid"}',
        json.dumps(event(id="evt 1")),
        json.dumps(event(id=7)),
        json.dumps(event(type=None)),
        json.dumps(event(type="\ud802")),
        json.dumps(event(data=None)),
        json.dumps(event(data={"object": []})),
        json.dumps(event({"id": "sub_1", "customer": 7})),
        json.dumps(event({"id": "sub_1", "customer": "cus_1\u0000"})),
        json.dumps(event({"id": "sub_1", "customer": "\ud802"})),
    ],
)
def test_a_well_signed_thin_or_malformed_event_is_a_bad_request(
    door: Door, jobs: FakeJobs, payload: str
) -> None:
    assert door.stripe(payload, at=at()).status == 400
    assert jobs.calls == 0


@pytest.mark.parametrize("kind", ["invoice.created", "checkout.session.expired"])
def test_an_event_of_a_type_that_we_do_not_handle_is_taken_counted_and_no_job(
    door: Door, jobs: FakeJobs, kind: str
) -> None:
    before = door.metric("respite_gateway_ignored_stripe_events_total", type=kind)
    assert door.stripe(event(type=kind), at=at()).status == 200
    after = door.metric("respite_gateway_ignored_stripe_events_total", type=kind)
    assert (after, jobs.calls) == (before + 1, 0)


@pytest.mark.parametrize(
    ("changes", "good", "bad"),
    [
        ({"stripe_secret_key": "sk_test_1"}, False, True),
        ({"stripe_secret_key": "rk_live_1"}, True, False),
        ({"stripe_secret_key": "sk_test_1", "stripe_livemode": True}, True, False),
    ],
)
def test_a_livemode_that_differs_from_the_configured_key_is_a_bad_request(
    jobs: FakeJobs, certificates: Path, changes: dict[str, Any], good: bool, bad: bool
) -> None:
    chosen = settings(jobs.port, certificates, **changes)
    with open_door(chosen, FixedClock(NOW)) as door:
        assert door.stripe(event(livemode=good), at=at()).status == 200
        assert door.stripe(event(livemode=bad), at=at()).status == 400
        assert door.stripe(event(livemode=None), at=at()).status == 400
        assert door.stripe(event(livemode=bad, type="invoice.created"), at=at()).status == 400
    assert jobs.calls == 1


def test_time_passes_by_the_clock(door: Door, jobs: FakeJobs, watch: Watch) -> None:
    watch.advance(timedelta(hours=1))
    assert door.stripe(event(), at=at()).status == 403
