"""Stripe's API as billing uses it: the truth about a customer, and a page to pay on."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import stripe

from kit.stripe_event import customer_of
from services.billing import mirror
from services.billing.access import ENDED, Subscription
from services.billing.events import Event, Source
from services.billing.mirror import StripeJson
from services.billing.stripe_bulkhead import BulkheadClient
from services.billing.stripe_lists import Span, checkout_sessions, events, subscriptions
from services.billing.stripe_pages import (
    CheckoutTerms,
    PageRequest,
    StripePage,
    checkout_page,
    portal_page,
)
from services.billing.stripe_refusals import ChargeNotFound, CustomerNotFound, refusals

# What the objects below look like; Stripe keeps answering in this shape whatever the account's
# default version becomes. https://docs.stripe.com/api/versioning
API_VERSION: Final = "2026-10-28.endive"
TIMEOUT: Final = 5.0  # seconds to connect, and again to read; the SDK's own is 80
PAGE_SIZE: Final = 100  # the most that Stripe gives at once

# Only in these two does access depend on what was paid.
_PAYMENT_MATTERS: Final = frozenset({"past_due", "canceled"})


@dataclass(frozen=True, slots=True)
class Truth:
    """What Stripe holds of a customer at one moment.

    user_id: a UUID. phone_number: as Stripe has it, unchecked. "" where it has none.
    deleted: the customer is gone from Stripe, and its subscriptions with it.
    """

    subscriptions: tuple[Subscription, ...] = ()
    user_id: str = ""
    phone_number: str = ""
    deleted: bool = False

    @property
    def standing(self) -> str | None:
        """Status of a subscription that has not ended, whether or not it gives access; None where
        there is none."""
        return next((one.status for one in self.subscriptions if one.status not in ENDED), None)


def stripe_client(secret_key: str, base_url: str | None, timeout: float) -> stripe.StripeClient:
    """The SDK, without retries of its own. base_url: of a stand-in. timeout: seconds."""
    # The SDK logs Stripe's sentences, which quote parameters, and at DEBUG whole customers.
    logging.getLogger("stripe").disabled = True
    url = (base_url or "").rstrip("/")
    return stripe.StripeClient(
        secret_key,
        base_addresses=(
            {"api": url, "connect": url, "files": url, "meter_events": url} if url else None
        ),
        max_network_retries=0,
        stripe_version=API_VERSION,
        http_client=BulkheadClient(timeout),
    )


@contextmanager
def _unless_missing() -> Iterator[None]:
    """Lets it pass that what is to be ended is not there any more."""
    try:
        yield
    except stripe.InvalidRequestError as error:
        if error.code != "resource_missing":
            raise


class StripeApi:
    """Stripe through its own SDK, which never retries here: the job that asked does.

    secret_key: "sk_…" or "rk_…". base_url: of a stand-in; Stripe itself where None. Safe to share
    among threads. No method may be called inside a transaction.
    """

    def __init__(
        self,
        secret_key: str,
        terms: CheckoutTerms,
        base_url: str | None = None,
        timeout: float = TIMEOUT,
    ) -> None:
        self._terms = terms
        self._client = stripe_client(secret_key, base_url, timeout)

    def truth_of(self, customer_id: str) -> Truth:
        """The customer, all its subscriptions, and its payments where access depends on them.

        Raises CustomerNotFound, StripeUnavailable, StripeMisconfigured.
        """
        with refusals():
            try:
                return self._truth_of(customer_id)
            except stripe.InvalidRequestError as error:
                if error.code == "resource_missing":
                    raise CustomerNotFound({"stripe_customer_id": customer_id}) from error
                raise

    def customer_of_charge(self, charge_id: str) -> str:
        """Who paid the charge; "" for a guest.

        Raises ChargeNotFound, StripeUnavailable, StripeMisconfigured.
        """
        with refusals():
            try:
                charge = self._client.v1.charges.retrieve(charge_id).to_dict()
            except stripe.InvalidRequestError as error:
                if error.code == "resource_missing":
                    raise ChargeNotFound({"stripe_charge_id": charge_id}) from error
                raise
        return customer_of(charge) or ""

    def buyer_of(self, customer_id: str) -> str:
        """The person for whom the page was made on which the customer subscribed, a UUID; "" where
        it names nobody. Raises StripeUnavailable, StripeMisconfigured.
        """
        with refusals():
            found = self._client.v1.checkout.sessions.list(
                {"customer": customer_id, "status": "complete", "limit": PAGE_SIZE}
            )
        return mirror.user_id_in(*(one.to_dict() for one in found.data))

    def subscribers_of(self, user_id: UUID) -> list[str]:
        """Customers with a subscription in whose metadata this person is, as a page of theirs
        writes it. Stripe finds one a minute after it began
        (https://docs.stripe.com/search#data-freshness).

        Raises StripeUnavailable, StripeMisconfigured.
        """
        query = f"metadata['user_id']:'{user_id}'"
        with refusals():
            found = self._client.v1.subscriptions.search({"query": query, "limit": PAGE_SIZE})
        customers = (customer_of(one.to_dict()) for one in found.data)
        return list(dict.fromkeys(each for each in customers if each))

    def checkout_page(self, user_id: UUID, customer_id: str | None) -> PageRequest:
        """See `stripe_pages.checkout_page`."""
        return checkout_page(self._client, self._terms, user_id, customer_id)

    def open_page(self, session_id: str) -> StripePage | None:
        """The page; None where nobody can pay on it.

        Raises StripeUnavailable, StripeMisconfigured.
        """
        with refusals():
            found = self._client.v1.checkout.sessions.retrieve(session_id)
        return StripePage(session_id, found.url) if found.status == "open" and found.url else None

    def close_page(self, session_id: str) -> str:
        """From now on nobody can pay on this page; the customer who paid on it before, "" for none.

        Raises StripeUnavailable, StripeMisconfigured.
        """
        sessions = self._client.v1.checkout.sessions
        with refusals():
            try:
                sessions.expire(session_id)
            except stripe.InvalidRequestError as error:
                if error.code == "resource_missing":
                    return ""
                found = sessions.retrieve(session_id).to_dict()
                if found.get("status") == "open":
                    raise
                return customer_of(found) or ""
        return ""

    def portal_page(self, customer_id: str) -> PageRequest:
        """See `stripe_pages.portal_page`."""
        return portal_page(self._client, customer_id)

    def cancel_subscriptions(self, customer_id: str) -> None:
        """Ends all that the customer pays for, at once and for good; what has ended stays as it is.

        Raises StripeUnavailable, StripeMisconfigured.
        """
        with refusals(), _unless_missing():  # a customer who was deleted pays for nothing
            found = self._client.v1.subscriptions.list(
                {"customer": customer_id, "status": "all", "limit": PAGE_SIZE}
            )
            for one in found.auto_paging_iter():
                if one.status not in ENDED:
                    with _unless_missing():  # somebody else canceled this one first
                        self._client.v1.subscriptions.cancel(one.id)

    def undelivered_events(
        self, start: datetime | None, end: datetime | None, size: int, after: str | None
    ) -> tuple[list[Event], str | None]:
        """One page of events of handled types that some endpoint did not take; see `changes`."""
        with refusals():
            return events(self._client, Span(start, end), size, after, undelivered=True)

    def changes(
        self,
        source: Source,
        start: datetime | None,
        end: datetime | None,
        size: int,
        after: str | None,
    ) -> tuple[list[Event], str | None]:
        """One page of a list of what changed, newest first, and the id after which the next page
        begins, None on the last.

        start: the first moment, end: the first one too late; to the second, None for no bound.
        Subscriptions have none. size: at most PAGE_SIZE. after: that id of the page before. Raises
        StripeUnavailable, StripeMisconfigured.
        """
        span = Span(start, end)
        with refusals():
            match source:
                case Source.EVENTS:
                    return events(self._client, span, size, after)
                case Source.SUBSCRIPTIONS:
                    return subscriptions(self._client, size, after)
                case Source.CHECKOUT_SESSIONS:
                    return checkout_sessions(self._client, span, size, after)

    def _truth_of(self, customer_id: str) -> Truth:
        customer = self._client.v1.customers.retrieve(customer_id).to_dict()
        if customer.get("deleted"):
            return Truth(deleted=True)
        found = self._client.v1.subscriptions.list(
            {"customer": customer_id, "status": "all", "limit": PAGE_SIZE}
        )
        objects = [one.to_dict() for one in found.auto_paging_iter()]
        statuses = {str(one.get("status")) for one in objects}
        invoices: list[StripeJson] = []
        refunded: frozenset[str] = frozenset()
        if not statuses.isdisjoint(_PAYMENT_MATTERS):
            invoices = self._invoices_of(customer_id)
        if "canceled" in statuses and invoices:
            refunded = self._refunded_of(customer_id)
        return Truth(
            subscriptions=tuple(mirror.subscription_of(one, invoices, refunded) for one in objects),
            user_id=mirror.user_id_in(customer, *objects),
            phone_number=mirror.phone_in(customer),
        )

    def _invoices_of(self, customer_id: str) -> list[StripeJson]:
        """All of them, each with all of its lines and its payments."""
        found = self._client.v1.invoices.list(
            {"customer": customer_id, "limit": PAGE_SIZE, "expand": ["data.payments"]}
        )
        return [
            invoice.to_dict()
            | {"lines": {"data": [line.to_dict() for line in invoice.lines.auto_paging_iter()]}}
            for invoice in found.auto_paging_iter()
        ]

    def _refunded_of(self, customer_id: str) -> frozenset[str]:
        """Ids of the charges that were given back in full, and of their payment intents."""
        found = self._client.v1.charges.list({"customer": customer_id, "limit": PAGE_SIZE})
        charges = [one.to_dict() for one in found.auto_paging_iter()]
        return frozenset(
            str(one[field])
            for one in charges
            if one.get("refunded") is True
            for field in ("id", "payment_intent")
            if one.get(field)
        )
