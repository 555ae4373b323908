"""Stripe's objects and events, kept, and the webhooks that tell of them."""

import json
import time
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sandbox.clock import SandboxClock
from sandbox.delivery import Courier, Webhook
from sandbox.posting import Verdict
from sandbox.settings import STRIPE_API_VERSION, SandboxSettings
from sandbox.signing import stripe_signature
from sandbox.store import Store
from sandbox.stripe_forms import StripeRefusal
from sandbox.stripe_objects import Thing, new_id, price

_NAMES: Final = {"checkout.session": "checkout session", "billing_portal.session": "session"}


class StripeCarriage:
    """Posts signed events; repeats whatever did not get a 2xx, for about three days."""

    provider = "stripe"

    def __init__(self, settings: SandboxSettings, store: Store) -> None:
        self._secrets = settings.webhook_secrets
        self._store = store
        self.timeout_seconds = settings.stripe_timeout_seconds
        self.retry_seconds = settings.stripe_retry_seconds

    def request(self, url: str, content: str, token: str) -> tuple[bytes, dict[str, str]]:
        """Return the event and its headers; each attempt is signed with the time it is made."""
        payload = content.encode()
        return payload, {
            "Content-Type": "application/json; charset=utf-8",
            "Stripe-Signature": stripe_signature(self._secrets, payload, int(time.time())),
            "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
            "Accept": "*/*; q=0.5, application/xml",
        }

    def judge(self, status: int | None) -> Verdict:
        """Only 2xx counts as delivered; an address outside this machine is never tried again."""
        if status == 0:
            return "give_up"
        return "delivered" if status is not None and 200 <= status < 300 else "retry"

    def settled(self, reference: str, delivered: bool) -> None:
        """A delivered event has no webhook pending any more."""
        if delivered:
            self._store.execute("UPDATE events SET pending = 0 WHERE id = ?", (reference,))


class Ledger:
    """Keeps objects by id, and emits events about them.

    `request` is the (request id, idempotency key) of the API call being served; what happens by
    itself, as on a dashboard or at the end of a period, has none.
    """

    def __init__(
        self, settings: SandboxSettings, store: Store, clock: SandboxClock, courier: Courier
    ) -> None:
        self._settings = settings
        self._store = store
        self._clock = clock
        self._courier = courier
        self.request: tuple[str | None, str | None] = (None, None)

    def now(self) -> int:
        """Stripe's time, in seconds since the epoch."""
        return self._clock.now()

    def put(self, thing: Thing) -> Thing:
        """Keep an object, new or changed, and return it."""
        subscription = thing.get("subscription")
        if parent := thing.get("parent"):
            subscription = parent["subscription_details"]["subscription"]
        self._store.execute(
            "INSERT INTO objects (id, kind, customer, subscription, created, body)"
            " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body,"
            " customer = excluded.customer, subscription = excluded.subscription",
            (
                thing["id"],
                thing["object"],
                thing.get("customer"),
                subscription,
                thing["created"] if "created" in thing else self.now(),
                json.dumps(thing),
            ),
        )
        return thing

    def find(self, thing_id: str) -> Thing | None:
        """Return a fresh copy of an object, or None."""
        row = self._store.row("SELECT body FROM objects WHERE id = ?", (thing_id,))
        return None if row is None else _loaded(row["body"])

    def get(self, kind: str, thing_id: str, param: str | None = None) -> Thing:
        """Return an object; raises StripeRefusal, 404 for a path and 400 for a parameter."""
        thing = self.find(thing_id)
        if thing is None or thing["object"] != kind:
            name = _NAMES.get(kind, kind.replace("_", " "))
            raise StripeRefusal(
                404 if param is None else 400,
                f"No such {name}: '{thing_id}'",
                code="resource_missing",
                param=param or "id",
            )
        return thing

    def all(
        self, kind: str, *, customer: str | None = None, subscription: str | None = None
    ) -> list[Thing]:
        """Return objects of a kind, newest first."""
        rows = self._store.rows(
            "SELECT body FROM objects WHERE kind = ?1 AND (?2 IS NULL OR customer = ?2)"
            " AND (?3 IS NULL OR subscription = ?3) ORDER BY created DESC, seq DESC",
            (kind, customer, subscription),
        )
        return [_loaded(row["body"]) for row in rows]

    def price(self, price_id: str, param: str) -> Thing:
        """Return a price. Any id that begins with price_ is one, made on first use."""
        found = self.find(price_id)
        if found is None and price_id.startswith("price_"):
            found = self.put(price(price_id, self.now()))
        if found is None:
            raise StripeRefusal(
                400, f"No such price: '{price_id}'", code="resource_missing", param=param
            )
        return found

    def emit(self, kind: str, thing: Thing, previous: Mapping[str, Any] | None = None) -> str:
        """Record an event about an object as it is now, post it if anybody asked; return its id."""
        event_id = new_id("evt_1", 23)
        wanted = "*" in self._settings.enabled_events or kind in self._settings.enabled_events
        event: Thing = {
            "id": event_id,
            "object": "event",
            "api_version": STRIPE_API_VERSION,
            "created": self.now(),
            "data": {"object": thing},
            "livemode": False,
            "pending_webhooks": int(wanted),
            "request": {"id": self.request[0], "idempotency_key": self.request[1]},
            "type": kind,
        }
        if previous is not None:
            event["data"]["previous_attributes"] = dict(previous)
        content = json.dumps(event, indent=2)
        self._store.execute(
            "INSERT INTO events (id, type, created, pending, body) VALUES (?, ?, ?, ?, ?)",
            (event_id, kind, event["created"], int(wanted), content),
        )
        if wanted:
            self.post(event_id)
        return event_id

    def post(self, event_id: str) -> int:
        """Post an event to the endpoint, again if need be; return the delivery's id."""
        row = self._store.row("SELECT body FROM events WHERE id = ?", (event_id,))
        if row is None:
            raise StripeRefusal(404, f"No such event: '{event_id}'", code="resource_missing")
        event = _loaded(row["body"])
        thing = event["data"]["object"]
        customer = thing["id"] if thing["object"] == "customer" else thing.get("customer")
        return self._courier.enqueue(
            Webhook(
                source="stripe",
                reference=event_id,
                lane=customer or event_id,
                url=self._settings.public_url.rstrip("/") + "/stripe",
                content=row["body"],
                facts={"type": event["type"], "id": event_id, "object": thing["id"],
                       "customer": customer},
            )
        )  # fmt: skip

    def change(
        self, thing: Thing, changes: Mapping[str, Any], event: str | None
    ) -> tuple[Thing, list[str]]:
        """Change an object and emit `event` with what it was before, if anything changed."""
        previous: Thing = {
            name: thing.get(name) for name, value in changes.items() if thing.get(name) != value
        }
        if "items" in previous:
            previous["items"] = {"data": previous["items"]["data"]}
        thing.update(changes)
        self.put(thing)
        emitted = [self.emit(event, thing, previous)] if event and previous else []
        return thing, emitted

    def events(self, delivered: bool | None = None) -> list[Thing]:
        """Return events newest first; `delivered` False gives those not (yet) taken by a 2xx."""
        rows = self._store.rows(
            "SELECT body, pending FROM events WHERE ?1 IS NULL OR (pending = 0) = ?1"
            " ORDER BY created DESC, seq DESC",
            (delivered,),
        )
        return [{**_loaded(row["body"]), "pending_webhooks": row["pending"]} for row in rows]

    def event(self, event_id: str) -> Thing:
        """Return one event; raises StripeRefusal."""
        row = self._store.row("SELECT body, pending FROM events WHERE id = ?", (event_id,))
        if row is None:
            raise StripeRefusal(
                404, f"No such event: '{event_id}'", code="resource_missing", param="id"
            )
        return {**_loaded(row["body"]), "pending_webhooks": row["pending"]}

    def remember_payer(self, phone: str, customer_id: str) -> None:
        """Note whose phone paid, for the phone page; Stripe itself is not told."""
        self._store.execute("INSERT OR IGNORE INTO payers VALUES (?, ?)", (phone, customer_id))

    def customers_of(self, phone: str) -> list[str]:
        """Return the customers a phone paid as, or is known to Stripe as, latest first."""
        rows = self._store.rows(
            "SELECT id FROM objects WHERE kind = 'customer' AND (id IN (SELECT customer FROM payers"
            " WHERE phone = ?1) OR json_extract(body, '$.phone') = ?1) ORDER BY seq DESC",
            (phone,),
        )
        return [row["id"] for row in rows]

    def subscriptions_of(self, phone: str) -> Sequence[Thing]:
        """Return every subscription a phone pays for, the newest of each customer first."""
        return [
            each
            for customer in self.customers_of(phone)
            for each in self.all("subscription", customer=customer)
        ]

    def include(self, thing: Thing, name: str) -> Any:
        """Return what an object shows only when asked to be expanded, or None."""
        kind = {"payments": "invoice_payment", "subscriptions": "subscription", "refunds": "refund"}
        if name == "line_items" and thing["object"] == "checkout.session":
            found = self.get("checkout.session.lines", f"{thing['id']}/line_items")["data"]
        elif name == "payments" and thing["object"] == "invoice":
            found = [each for each in self.all(kind[name]) if each["invoice"] == thing["id"]]
        elif name == "subscriptions" and thing["object"] == "customer":
            found = self.all(kind[name], customer=thing["id"])
        elif name == "refunds" and thing["object"] == "charge":
            found = [each for each in self.all(kind[name]) if each["charge"] == thing["id"]]
        else:
            return None
        return {"object": "list", "data": found, "has_more": False, "url": f"/v1/{name}"}


def _loaded(text: str) -> Thing:
    thing: Thing = json.loads(text)
    return thing
