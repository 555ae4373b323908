"""What Stripe is set to tell us and of what, for whoever checks the settings."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import stripe

from services.billing.stripe_client import stripe_client

_TIMEOUT = 10.0  # seconds


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
class StripeSettings:
    """livemode: whether the price is one of the live mode. recurring: whether it is paid again and
    again. active: whether it can be bought. endpoints: None where the key may not list them.
    portal: whether the customer portal has settings, without which none of its pages can be made;
    None where the key may not see them."""

    account_id: str
    livemode: bool
    recurring: bool
    active: bool
    endpoints: tuple[Endpoint, ...] | None
    portal: bool | None


def settings_of(secret_key: str, price_id: str, base_url: str | None) -> StripeSettings:
    """Asks Stripe. Raises SettingsProblem."""
    client = stripe_client(secret_key, base_url, _TIMEOUT)
    with _problems("the account cannot be read"):
        account = client.v1.accounts.retrieve_current()
    with _problems(f"the price {price_id} cannot be read"):
        price = client.v1.prices.retrieve(price_id)
    try:
        listed = list(client.v1.webhook_endpoints.list({"limit": 100}).auto_paging_iter())
    except stripe.PermissionError:
        listed = None
    except stripe.StripeError as error:
        raise SettingsProblem(f"webhook endpoints cannot be listed ({_word(error)})") from error
    portal = _portal_is_set_up(client)
    return StripeSettings(
        account_id=account.id,
        livemode=bool(price.livemode),
        recurring=price.type == "recurring",
        active=bool(price.active),
        endpoints=None
        if listed is None
        else tuple(
            Endpoint(
                url=each.url,
                enabled=each.status == "enabled",
                events=frozenset(each.enabled_events),
                version=each.api_version or "",
            )
            for each in listed
        ),
        portal=portal,
    )


def _portal_is_set_up(client: stripe.StripeClient) -> bool | None:
    try:
        listed = client.v1.billing_portal.configurations.list(
            {"active": True, "is_default": True, "limit": 1}
        )
    except stripe.PermissionError:
        return None
    except stripe.StripeError as error:
        raise SettingsProblem(f"the customer portal cannot be read ({_word(error)})") from error
    return bool(listed.data)


@contextmanager
def _problems(what: str) -> Iterator[None]:
    try:
        yield
    except stripe.StripeError as error:
        raise SettingsProblem(f"{what} ({_word(error)})") from error


def _word(error: stripe.StripeError) -> str:
    return str(error.code or error.http_status or type(error).__name__)
