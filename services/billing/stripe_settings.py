"""What Stripe is set to tell us and of what, for whoever checks the settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

import stripe

from services.billing.stripe_client import stripe_client

_TIMEOUT = 10.0  # seconds
_Found = TypeVar("_Found")

# What `stripe_client` and `stripe_lists` read, by the name in Stripe's dashboard.
_READ: Final[Mapping[str, Callable[[stripe.StripeClient], object]]] = {
    "Customers": lambda client: client.v1.customers.list({"limit": 1}),
    "Subscriptions": lambda client: client.v1.subscriptions.list({"limit": 1}),
    "Invoices": lambda client: client.v1.invoices.list({"limit": 1, "expand": ["data.payments"]}),
    "Charges": lambda client: client.v1.charges.list({"limit": 1}),
    "Events": lambda client: client.v1.events.list({"limit": 1}),
    "Checkout Sessions": lambda client: client.v1.checkout.sessions.list({"limit": 1}),
}


class SettingsProblem(Exception):
    """Stripe refused or did not answer; one line."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where Stripe posts events. version: of the API that events are written in, "" for the
    account's own. events: "*" for all."""

    url: str
    enabled: bool
    events: frozenset[str]
    version: str


@dataclass(frozen=True, slots=True)
class Price:
    """livemode: whether it is one of the live mode. recurring: whether it is paid again and again.
    active: whether it can be bought. other_products: "prod_…", those besides its own to which
    somebody can subscribe in this account."""

    livemode: bool
    recurring: bool
    active: bool
    other_products: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StripeSettings:
    """None where the key may not see it.

    unreadable: what the line has to read and the key may not, as Stripe's dashboard names it.
    portal: whether the customer portal has settings, without which none of its pages can be made.
    """

    account_id: str | None
    price: Price | None
    unreadable: tuple[str, ...]
    endpoints: tuple[Endpoint, ...] | None
    portal: bool | None


def settings_of(secret_key: str, price_id: str, base_url: str | None) -> StripeSettings:
    """Asks Stripe; what the key may not see keeps nothing else from being seen.

    Raises SettingsProblem.
    """
    client = stripe_client(secret_key, base_url, _TIMEOUT)
    return StripeSettings(
        account_id=_seen("the account cannot be read", lambda: _account_id(client)),
        price=_seen(f"the price {price_id} cannot be read", lambda: _price(client, price_id)),
        unreadable=tuple(name for name, look in _READ.items() if not _may(name, client, look)),
        endpoints=_seen("webhook endpoints cannot be listed", lambda: _endpoints(client)),
        portal=_seen("the customer portal cannot be read", lambda: _portal_is_set_up(client)),
    )


def _account_id(client: stripe.StripeClient) -> str:
    return client.v1.accounts.retrieve_current().id


def _price(client: stripe.StripeClient, price_id: str) -> Price:
    price = client.v1.prices.retrieve(price_id)
    return Price(
        livemode=bool(price.livemode),
        recurring=price.type == "recurring",
        active=bool(price.active),
        other_products=_other_products(client, price),
    )


def _other_products(client: stripe.StripeClient, price: stripe.Price) -> tuple[str, ...]:
    listed = client.v1.prices.list({"active": True, "type": "recurring", "limit": 100})
    products = {_product_id(each) for each in listed.auto_paging_iter()}
    return tuple(sorted(products - {_product_id(price)}))


def _product_id(price: stripe.Price) -> str:
    return price.product if isinstance(price.product, str) else price.product.id


def _endpoints(client: stripe.StripeClient) -> tuple[Endpoint, ...]:
    listed = client.v1.webhook_endpoints.list({"limit": 100})
    return tuple(
        Endpoint(
            url=each.url,
            enabled=each.status == "enabled",
            events=frozenset(each.enabled_events),
            version=each.api_version or "",
        )
        for each in listed.auto_paging_iter()
    )


def _portal_is_set_up(client: stripe.StripeClient) -> bool:
    listed = client.v1.billing_portal.configurations.list(
        {"active": True, "is_default": True, "limit": 1}
    )
    return bool(listed.data)


def _may(
    name: str, client: stripe.StripeClient, look: Callable[[stripe.StripeClient], object]
) -> bool:
    return _seen(f"{name} cannot be read", lambda: look(client)) is not None


def _seen(problem: str, look: Callable[[], _Found]) -> _Found | None:
    """What a look finds; None where the key may not look. Raises SettingsProblem."""
    try:
        return look()
    except stripe.PermissionError:
        return None
    except stripe.StripeError as error:
        raise SettingsProblem(f"{problem} ({_word(error)})") from error


def _word(error: stripe.StripeError) -> str:
    return str(error.code or error.http_status or type(error).__name__)
