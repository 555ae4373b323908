"""What can be read from Stripe: single objects, lists with their filters, events."""

import re
from fnmatch import fnmatchcase
from typing import Any, Final

from sandbox.provider import Call
from sandbox.stripe_forms import StripeRefusal, page, truth, whole, within
from sandbox.stripe_ledger import Ledger
from sandbox.stripe_objects import Thing

RETRIEVABLE: Final = {
    "/v1/subscriptions/{id}": "subscription",
    "/v1/checkout/sessions/{id}": "checkout.session",
    "/v1/invoices/{id}": "invoice",
    "/v1/charges/{id}": "charge",
    "/v1/refunds/{id}": "refund",
    "/v1/disputes/{id}": "dispute",
    "/v1/payment_intents/{id}": "payment_intent",
    "/v1/prices/{id}": "price",
}
# Path, kind and the parameters that must equal a field of the object.
LISTABLE: Final = {
    "/v1/customers": ("customer", ("email",)),
    "/v1/invoices": ("invoice", ("status", "collection_method")),
    "/v1/charges": ("charge", ("payment_intent",)),
    "/v1/refunds": ("refund", ("charge", "payment_intent")),
    "/v1/checkout/sessions": ("checkout.session", ("status",)),
    "/v1/invoice_payments": ("invoice_payment", ("invoice", "status")),
    "/v1/prices": ("price", ("active", "product", "type")),
}
_CLAUSE: Final = re.compile(r"metadata\['(\w+)'\]:'([\w-]+)'")
_ENDED: Final = frozenset({"canceled", "incomplete_expired"})


class StripeReads:
    """Answers GET requests; raises StripeRefusal for what is not there."""

    def __init__(self, ledger: Ledger, price_id: str) -> None:
        self._ledger = ledger
        self._price_id = price_id

    def event(self, call: Call) -> Thing:
        """One event."""
        return self._ledger.event(call.path_params["id"])

    def retrieve(self, call: Call) -> Thing:
        """One object of the kind its path is for."""
        name = call.path_params["id"]
        if name == self._price_id:  # it is there before anybody has paid it
            return self._ledger.price(name, "price")
        return self._ledger.get(RETRIEVABLE[call.route], name)

    def list(self, call: Call) -> Thing:
        """Objects of one kind, filtered as Stripe filters them."""
        kind, filters = LISTABLE[call.route]
        wanted = call.params
        found = self._ledger.all(
            kind, customer=wanted.get("customer"), subscription=wanted.get("subscription")
        )
        asked = {name: wanted[name] for name in filters if name in wanted}
        payment = wanted.get("payment") or {}
        return page(
            [
                thing
                for thing in found
                if all(_is(thing.get(name), value) for name, value in asked.items())
                and all(thing["payment"].get(name) == value for name, value in payment.items())
                and within(thing["created"], wanted.get("created"))
                and not thing.get("deleted")
            ],
            wanted,
            call.route,
        )

    def customer(self, call: Call) -> Thing:
        """A customer; of a deleted one only that it is deleted."""
        customer = self._ledger.get("customer", call.path_params["id"])
        if customer.get("deleted"):
            return {"id": customer["id"], "object": "customer", "deleted": True}
        return customer

    def subscriptions(self, call: Call) -> Thing:
        """Subscriptions; without a status all that are not canceled."""
        asked = call.params
        if asked.get("customer"):
            self._ledger.get("customer", asked["customer"], "customer")
        status = asked.get("status", "")
        found = [
            thing
            for thing in self._ledger.all("subscription", customer=asked.get("customer"))
            if _has_status(thing, status)
            and ("price" not in asked or _has_price(thing, asked["price"]))
            and within(thing["created"], asked.get("created"))
        ]
        return page(found, asked, "/v1/subscriptions")

    def found_subscriptions(self, call: Call) -> Thing:
        """Subscriptions by a query of one clause, metadata['…']:'…'; at once, unlike Stripe's."""
        asked = _CLAUSE.fullmatch(call.params.get("query", ""))
        if asked is None:
            raise StripeRefusal(400, "We were unable to parse your search query.", param="query")
        name, value = asked.groups()
        found = [
            thing
            for thing in self._ledger.all("subscription")
            if thing["metadata"].get(name) == value
        ]
        limit = whole(call.params, "limit", 10) or 10
        return {
            "object": "search_result",
            "url": "/v1/subscriptions/search",
            "has_more": len(found) > limit,
            "next_page": None,
            "data": found[:limit],
        }

    def events(self, call: Call) -> Thing:
        """Events by delivery_success, created, type or types."""
        asked: Any = call.params
        success = asked.get("delivery_success")
        types = asked.get("types") or ([asked["type"]] if asked.get("type") else ["*"])
        found = self._ledger.events(None if success is None else truth(success))
        return page(
            [
                event
                for event in found
                if within(event["created"], asked.get("created"))
                and any(fnmatchcase(event["type"], pattern) for pattern in types)
            ],
            asked,
            "/v1/events",
        )


def _is(value: Any, wanted: str) -> bool:
    return bool(value == (truth(wanted) if isinstance(value, bool) else wanted))


def _has_status(subscription: Thing, wanted: str) -> bool:
    status: str = subscription["status"]
    if wanted == "all":
        return True
    if wanted == "ended":
        return status in _ENDED
    return status == wanted if wanted else status != "canceled"


def _has_price(subscription: Thing, price_id: str) -> bool:
    return any(item["price"]["id"] == price_id for item in subscription["items"]["data"])
