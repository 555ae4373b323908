"""What Stripe is asked for when a page is wanted, and the page that it makes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

import stripe

from services.billing.stripe_refusals import NoStripeCustomer, refusals

if TYPE_CHECKING:
    from stripe.params.billing_portal import SessionCreateParams as PortalParams
    from stripe.params.checkout import SessionCreateParams as CheckoutParams


@dataclass(frozen=True, slots=True)
class StripePage:
    """A page at Stripe. session_id: "cs_…" or "bps_…". url: where the person pays, or sees what
    they pay."""

    session_id: str
    url: str


@dataclass(frozen=True, slots=True)
class CheckoutTerms:
    """What is sold and where the page leads back to: a price's id and two URLs."""

    price_id: str
    success_url: str
    cancel_url: str


@dataclass(frozen=True, slots=True)
class PageRequest:
    """A page that is wanted. params: as Stripe is sent them. create: the SDK's call."""

    params: Mapping[str, Any]
    create: Callable[[Any, Any], Any]

    @property
    def digest(self) -> str:
        """Another one for other parameters."""
        written = json.dumps(self.params, sort_keys=True)
        return hashlib.sha256(written.encode()).hexdigest()[:16]

    def open(self, idempotency_key: str) -> StripePage:
        """The page, the same for 24 hours under one key.

        Raises NoStripeCustomer for a customer whom Stripe does not have, RequestKeyReused,
        StripeUnavailable, StripeMisconfigured.
        """
        with refusals():
            try:
                session = self.create(self.params, {"idempotency_key": idempotency_key})
            except stripe.InvalidRequestError as error:
                if (error.code, error.param) == ("resource_missing", "customer"):
                    raise NoStripeCustomer from error
                raise
        return StripePage(session.id, session.url or "")


def checkout_page(
    client: stripe.StripeClient, terms: CheckoutTerms, user_id: UUID, customer_id: str | None
) -> PageRequest:
    """Where the person can subscribe.

    customer_id: who they are at Stripe already; None makes a new customer when they pay.
    """
    metadata = {"user_id": str(user_id)}
    params: CheckoutParams = {
        "mode": "subscription",
        "client_reference_id": str(user_id),
        "metadata": metadata,
        "subscription_data": {"metadata": metadata},
        "line_items": [{"price": terms.price_id, "quantity": 1}],
        "success_url": terms.success_url,
        "cancel_url": terms.cancel_url,
    }
    if customer_id is not None:
        params["customer"] = customer_id
    return PageRequest(params, client.v1.checkout.sessions.create)


def portal_page(client: stripe.StripeClient, customer_id: str) -> PageRequest:
    """Where the customer sees invoices, changes the card, pays what is open, or cancels.

    The page ends unless it is visited soon; who comes later is let in by their address of e-mail
    (https://docs.stripe.com/api/customer_portal/sessions/create). It leads nowhere from there: the
    pages after a checkout say what was, or was not, bought just now.
    """
    params: PortalParams = {
        "customer": customer_id,
        "after_expiration": {"type": "customer_login"},
    }
    return PageRequest(params, client.v1.billing_portal.sessions.create)
