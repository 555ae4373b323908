"""What `respite doctor` says of a key and of an account of Stripe's."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from respite.doctor.finding import Finding
from respite.doctor.settings import Settings
from respite.doctor.stripe_settings import stripe_settings
from tests.billing.stripe_sandbox import KEY, PRICE, StripeSandbox


@pytest.fixture(scope="module")
def running() -> Iterator[StripeSandbox]:
    sandbox = StripeSandbox()
    sandbox.start()
    yield sandbox
    sandbox.stop()


@pytest.fixture
def stripe(running: StripeSandbox) -> StripeSandbox:
    running.reset()
    return running


def examine(stripe: StripeSandbox) -> dict[str, Finding]:
    told = {
        "STRIPE_SECRET_KEY": KEY,
        "STRIPE_PRICE_ID": PRICE,
        "STRIPE_WEBHOOK_SECRET": "whsec_1",
        "STRIPE_BASE_URL": stripe.url,
        "PUBLIC_URL": "https://line.example.org",
    }
    return {each.check: each for each in stripe_settings(Settings(told))}


@pytest.mark.parametrize(
    ("path", "check", "level", "said"),
    [
        ("/v1/account", "Stripe account", "warn", "may not read it"),
        ("/v1/prices/*", "Stripe price", "warn", "may not read prices"),
        ("/v1/prices", "Stripe price", "warn", "may not read prices"),
        ("/v1/customers", "Stripe key", "fail", "may not read Customers"),
        ("/v1/subscriptions", "Stripe key", "fail", "may not read Subscriptions"),
        ("/v1/invoices", "Stripe key", "fail", "may not read Invoices"),
        ("/v1/charges", "Stripe key", "fail", "may not read Charges"),
        ("/v1/events", "Stripe key", "fail", "may not read Events"),
        ("/v1/checkout/sessions", "Stripe key", "fail", "may not read Checkout Sessions"),
        ("/v1/webhook_endpoints", "Stripe webhook", "warn", "may not list"),
        ("/v1/billing_portal/configurations", "Stripe portal", "warn", "may not read"),
    ],
)
def test_what_a_restricted_key_may_not_read_is_named_and_the_rest_is_looked_at(
    stripe: StripeSandbox, path: str, check: str, level: str, said: str
) -> None:
    whole = examine(stripe)
    assert whole["Stripe key"].level == "ok"
    stripe.fault("fail", path, status=403)
    found = examine(stripe)
    assert found[check].level == level
    assert said in found[check].said
    of_price = {"Stripe mode", "Stripe products"} if check == "Stripe price" else set()
    assert {name: whole[name] for name in whole.keys() - {check} - of_price} == {
        name: found[name] for name in found.keys() - {check}
    }


def test_prices_of_another_product_are_warned_of_because_whoever_pays_them_has_access(
    stripe: StripeSandbox,
) -> None:
    stripe.sells("price_sandbox_yearly")
    assert examine(stripe)["Stripe products"].level == "ok"
    stripe.sells("price_choir_monthly")
    found = examine(stripe)["Stripe products"]
    assert found.level == "warn"
    assert "prod_choir" in found.said
    assert "every subscription" in found.fix
