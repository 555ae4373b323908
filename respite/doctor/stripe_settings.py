"""Whether Stripe knows our key and price, shows people their bill, and tells us of all that we
handle."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from kit.stripe_event import HANDLED
from respite.doctor.finding import Finding, bad, ok, warn
from respite.doctor.settings import Settings
from services.billing.stripe_client import API_VERSION
from services.billing.stripe_settings import (
    Endpoint,
    Price,
    SettingsProblem,
    StripeSettings,
    settings_of,
)

_ACCOUNT: Final = "Stripe account"
_KEY: Final = "Stripe key"
_PRICE: Final = "Stripe price"
_PRODUCTS: Final = "Stripe products"
_MODE: Final = "Stripe mode"
_PORTAL: Final = "Stripe portal"
_WEBHOOK: Final = "Stripe webhook"
_NAMED: Final = 3  # of other products; a shop may have hundreds


def stripe_settings(settings: Settings) -> Iterator[Finding]:
    """The account, what our key may read, the price, then the webhook endpoint with our address."""
    key, price = settings["STRIPE_SECRET_KEY"], settings["STRIPE_PRICE_ID"]
    for name in ("STRIPE_SECRET_KEY", "STRIPE_PRICE_ID", "STRIPE_WEBHOOK_SECRET"):
        if not settings[name]:
            yield bad(_ACCOUNT, f"{name} is not set", f"set {name}; README, Real Twilio and Stripe")
    if not (key and price):
        return
    base = settings["STRIPE_BASE_URL"] or None
    try:
        found = settings_of(key, price, base)
    except SettingsProblem as problem:
        yield bad(
            _ACCOUNT,
            str(problem),
            "check STRIPE_SECRET_KEY and STRIPE_PRICE_ID against the Stripe dashboard",
        )
        return
    yield from _account(found, sandboxed=base is not None)
    yield from _key(found)
    if found.price is None:
        yield warn(
            _PRICE,
            "the key may not read prices",
            "let the restricted key read Prices, or compare price and mode with README by hand",
        )
    else:
        yield from _price(found.price)
        yield from _products(found.price.other_products)
        yield from _mode(found.price, settings["STRIPE_LIVEMODE"], sandboxed=base is not None)
    yield from _portal(found)
    if found.endpoints is None:
        yield warn(
            _WEBHOOK,
            "the key may not list webhook endpoints",
            "let the restricted key read them, or compare them with README by hand",
        )
        return
    yield from _webhook(found.endpoints, f"{settings['PUBLIC_URL'].rstrip('/')}/stripe")


def _account(found: StripeSettings, *, sandboxed: bool) -> Iterator[Finding]:
    if found.account_id is None:
        yield warn(
            _ACCOUNT,
            "the key may not read it",
            "let the restricted key read the account, or see by hand whose key it is",
        )
    else:
        yield ok(_ACCOUNT, "is the sandbox's" if sandboxed else f"{found.account_id} is open to us")


def _key(found: StripeSettings) -> Iterator[Finding]:
    if found.unreadable:
        names = ", ".join(found.unreadable)
        yield bad(
            _KEY,
            f"may not read {names}",
            f"let the restricted key read {names}; README, Real Twilio and Stripe",
        )
    else:
        yield ok(_KEY, "may read all that the line reads")


def _price(found: Price) -> Iterator[Finding]:
    if not found.recurring:
        yield bad(_PRICE, "is paid only once", "STRIPE_PRICE_ID must be a recurring price")
    elif not found.active:
        yield bad(_PRICE, "cannot be bought any more", "make it active, or set another")
    else:
        yield ok(_PRICE, "is recurring and active")


def _products(others: Sequence[str]) -> Iterator[Finding]:
    if others:
        more = f" and {len(others) - _NAMED} more" if len(others) > _NAMED else ""
        yield warn(
            _PRODUCTS,
            f"the account also sells {', '.join(others[:_NAMED])}{more} by subscription",
            "give the line a Stripe account of its own: every subscription in this one gives access"
            " and is welcomed by text",
        )
    else:
        yield ok(_PRODUCTS, "are one: every subscription in the account gives access")


def _mode(found: Price, livemode: str, *, sandboxed: bool) -> Iterator[Finding]:
    mode = "live" if found.livemode else "test"
    if livemode and livemode.lower() not in (str(found.livemode).lower(), str(int(found.livemode))):
        yield bad(
            _MODE,
            f"the price is of the {mode} mode, STRIPE_LIVEMODE is {livemode}",
            "set key, price and STRIPE_LIVEMODE to the same mode: events of the other are refused",
        )
    elif not found.livemode and not sandboxed:
        yield warn(_MODE, "is test: nobody really pays", "before going live, set the live key")
    else:
        yield ok(_MODE, f"is {mode}")


def _portal(found: StripeSettings) -> Iterator[Finding]:
    if found.portal is None:
        yield warn(
            _PORTAL,
            "the key may not read its settings",
            "let the restricted key read them, or see in the Stripe dashboard that they are saved",
        )
    elif not found.portal:
        yield bad(
            _PORTAL,
            "has no settings: who missed a payment cannot mend it",
            "save them once in the Stripe dashboard: Settings, Billing, Customer portal",
        )
    else:
        yield ok(_PORTAL, "is set up")


def _webhook(endpoints: tuple[Endpoint, ...], wanted: str) -> Iterator[Finding]:
    mine = [each for each in endpoints if each.url == wanted]
    if not mine:
        yield bad(_WEBHOOK, f"none posts to {wanted}", f"add an endpoint with the address {wanted}")
        return
    for endpoint in mine:
        if not endpoint.enabled:
            yield bad(_WEBHOOK, "is disabled", "enable it in the Stripe dashboard")
            continue
        missing = () if "*" in endpoint.events else sorted(HANDLED - endpoint.events)
        if missing:
            yield bad(
                _WEBHOOK,
                f"does not tell of {', '.join(missing)}",
                "add these events to the endpoint",
            )
        else:
            yield ok(_WEBHOOK, f"posts all that is handled to {wanted}")
        if endpoint.version and endpoint.version != API_VERSION:
            yield warn(
                _WEBHOOK,
                f"writes events in version {endpoint.version}, we read {API_VERSION}",
                f"make the endpoint anew with API version {API_VERSION}",
            )
