"""Where the checkout page leads a person back to."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from respite.billing import BillingSettings
from tests.gateway.door import PUBLIC_URL, Door, open_door, settings
from tests.gateway.fake_jobs import FakeJobs


def test_a_payer_lands_on_pages_that_the_gateway_has(door: Door, jobs: FakeJobs) -> None:
    terms = BillingSettings(
        billing_database_url="postgresql://w/",  # type: ignore[arg-type]
        billing_reader_database_url="postgresql://r/",  # type: ignore[arg-type]
        stripe_secret_key="sk_test_0",  # type: ignore[arg-type]
        stripe_price_id="price_1",
        public_url=f"{PUBLIC_URL}/",
    ).terms()
    for url, says in (
        (terms.success_url, "You're subscribed."),
        (terms.cancel_url, "Nothing was charged."),
    ):
        assert url.startswith(f"{PUBLIC_URL}/")
        page = door.send(f"{urlsplit(url).path}?session_id=cs_1", method="GET")
        assert page.status == 200
        assert says in page.body.decode()
        assert page.headers["referrer-policy"] == "no-referrer"
        assert "cs_1" not in page.body.decode()
    assert jobs.calls == 0


def test_a_landing_page_runs_and_loads_nothing(door: Door, jobs: FakeJobs) -> None:
    page = door.send("/subscribed", method="GET")
    assert page.headers["content-security-policy"].startswith("default-src 'none';")
    assert not re.search(rb"<script|https?://\w|src=", page.body)


@pytest.mark.parametrize(
    "path", ["/subscribed/", "/%73ubscribed", "/subscribed%0A", "/", "/thanks"]
)
def test_nothing_else_is_served(door: Door, jobs: FakeJobs, path: str) -> None:
    assert door.send(path, method="GET").status == 404


def test_a_landing_page_takes_no_post(door: Door, jobs: FakeJobs) -> None:
    assert door.send("/subscribed").status == 405
    assert door.send("/stripe", method="GET").status == 405


def test_a_line_without_stripe_has_no_landing_pages(jobs: FakeJobs, certificates: Path) -> None:
    with open_door(settings(jobs.port, certificates, stripe_webhook_secret="")) as door:
        assert door.send("/subscribed", method="GET").status == 404
