"""Stripe's HTTP API, as far as a subscription business of one price uses it."""

import base64
import binascii
import json
from collections.abc import Callable
from typing import Any, Final

from starlette.responses import Response
from starlette.routing import Route

from sandbox import stripe_checkout, stripe_life, stripe_objects, stripe_payments, stripe_sessions
from sandbox.provider import Call, Provider
from sandbox.settings import SandboxSettings
from sandbox.store import Store
from sandbox.stripe_answers import KeptAnswers, key_of
from sandbox.stripe_forms import StripeRefusal, expand, truth
from sandbox.stripe_ledger import Ledger
from sandbox.stripe_objects import Thing, new_id
from sandbox.stripe_reads import LISTABLE, RETRIEVABLE, StripeReads

_ENDED: Final = frozenset({"canceled", "incomplete_expired"})
Work = Callable[[Call], Thing]


class Stripe:
    """The routes of the API; each is authorised, idempotent and all or nothing."""

    def __init__(
        self, settings: SandboxSettings, store: Store, ledger: Ledger, provider: Provider
    ) -> None:
        self._settings = settings
        self._store = store
        self._ledger = ledger
        self._provider = provider
        self._answers = KeptAnswers(store)
        self._reads = StripeReads(ledger, settings.price_id)

    def routes(self) -> list[Route]:
        """The routes of the API."""
        table: list[tuple[str, str, Work]] = [
            ("POST", "/v1/customers", self._create_customer),
            ("GET", "/v1/customers/{id}", self._reads.customer),
            ("POST", "/v1/customers/{id}", self._update_customer),
            ("DELETE", "/v1/customers/{id}", self._delete_customer),
            ("GET", "/v1/subscriptions", self._reads.subscriptions),
            ("GET", "/v1/subscriptions/search", self._reads.found_subscriptions),
            ("POST", "/v1/subscriptions/{id}", self._update_subscription),
            ("DELETE", "/v1/subscriptions/{id}", self._cancel_subscription),
            ("POST", "/v1/subscriptions/{id}/resume", self._resume_subscription),
            ("POST", "/v1/checkout/sessions", self._create_checkout),
            ("POST", "/v1/checkout/sessions/{id}/expire", self._expire_checkout),
            ("POST", "/v1/billing_portal/sessions", self._create_portal),
            ("POST", "/v1/refunds", self._create_refund),
            ("GET", "/v1/events", self._reads.events),
            ("GET", "/v1/events/{id}", self._reads.event),
        ]
        table += [("GET", path, self._reads.retrieve) for path in RETRIEVABLE]
        table += [("GET", path, self._reads.list) for path in LISTABLE]
        return [self.route(method, path, work) for method, path, work in table]

    def route(self, method: str, path: str, work: Work) -> Route:
        """One more route of the API, served like the others."""
        return self._provider.route(method, path, self._served(work), self._failed)

    def _served(self, work: Work) -> Callable[[Call], Response]:
        def handler(call: Call) -> Response:
            request_id = new_id("req_", 14)
            headers = {"Request-Id": request_id, "Stripe-Version": call.headers.get(
                "stripe-version", "")}  # fmt: skip
            try:
                self._authorize(call)
                if (known := self._answers.find(call)) is not None:
                    headers["Idempotent-Replayed"] = "true"
                    return Response(known[1], known[0], headers, "application/json")
                content = self._carried_out(call, request_id, work)
            except StripeRefusal as refusal:
                return refusal.response(headers)
            return Response(content, 200, headers, "application/json")

        return handler

    def _authorize(self, call: Call) -> None:
        scheme, _, given = call.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "basic":
            try:
                given = base64.b64decode(given, validate=True).decode().rstrip(":")
            except (binascii.Error, UnicodeDecodeError):
                given = ""
        if not given:
            raise StripeRefusal(401, "You did not provide an API key.")
        if given != self._settings.stripe_secret_key:
            raise StripeRefusal(401, f"Invalid API Key provided: {given[:7]}********")

    def _carried_out(self, call: Call, request_id: str, work: Work) -> str:
        """Do the work; what comes of it is the answer under the request's key."""
        self._ledger.request = (request_id, key_of(call))
        try:
            with self._store.transaction():
                content = self._result(call, work)
                self._answers.keep(call, 200, content)
            return content
        except StripeRefusal as refusal:
            if not refusal.is_of_form:
                self._answers.keep(call, refusal.status, refusal.content)
            raise
        finally:
            self._ledger.request = (None, None)

    def _failed(self, call: Call, failure: Response) -> Response:
        """A failure that Stripe was told of is kept like any answer; a proxy's page is none."""
        if failure.media_type == "application/json":
            self._answers.keep(call, failure.status_code, bytes(failure.body).decode())
        return failure

    def _result(self, call: Call, work: Work) -> str:
        thing = work(call)
        paths = call.params.get("expand")
        return json.dumps(expand(thing, paths, self._ledger.find, self._ledger.include))

    def _living_customer(self, call: Call) -> Thing:
        customer = self._ledger.get("customer", call.path_params["id"])
        if customer.get("deleted"):
            raise StripeRefusal(
                404, f"No such customer: '{customer['id']}'", code="resource_missing", param="id"
            )
        return customer

    def _create_customer(self, call: Call) -> Thing:
        asked = call.params
        names = ("phone", "email", "name", "description", "metadata")
        customer = self._ledger.put(
            stripe_objects.customer(self._ledger.now(), **{n: asked.get(n) for n in names})
        )
        self._ledger.emit("customer.created", customer)
        return customer

    def _update_customer(self, call: Call) -> Thing:
        customer = self._living_customer(call)
        names = ("phone", "email", "name", "description")
        changes: Thing = {n: call.params[n] or None for n in names if n in call.params}
        if "metadata" in call.params:
            changes["metadata"] = _merged(customer["metadata"], call.params["metadata"])
        return self._ledger.change(customer, changes, "customer.updated")[0]

    def _delete_customer(self, call: Call) -> Thing:
        customer = self._living_customer(call)
        for subscription in self._ledger.all("subscription", customer=customer["id"]):
            if subscription["status"] not in _ENDED:
                stripe_life.act(self._ledger, subscription["id"], "cancel", {})
        self._ledger.emit("customer.deleted", customer)
        self._ledger.put({**customer, "deleted": True})
        return {"id": customer["id"], "object": "customer", "deleted": True}

    def _update_subscription(self, call: Call) -> Thing:
        sub_id, asked = call.path_params["id"], call.params
        subscription = self._ledger.get("subscription", sub_id)
        if "cancel_at_period_end" in asked:
            undo = not truth(asked["cancel_at_period_end"])
            stripe_life.act(self._ledger, sub_id, "cancel_at_period_end", {"undo": undo})
        if asked.get("items"):
            price = asked["items"][0].get("price")
            stripe_life.act(self._ledger, sub_id, "change_plan", {"price": price})
        if "metadata" in asked:
            metadata = _merged(subscription["metadata"], asked["metadata"])
            stripe_life.act(self._ledger, sub_id, "set", {"fields": {"metadata": metadata}})
        return self._ledger.get("subscription", sub_id)

    def _cancel_subscription(self, call: Call) -> Thing:
        subscription = self._ledger.get("subscription", call.path_params["id"])
        if subscription["status"] in _ENDED:
            raise StripeRefusal(
                404, f"No such subscription: '{subscription['id']}'", code="resource_missing",
                param="id",
            )  # fmt: skip
        return stripe_life.act(self._ledger, subscription["id"], "cancel", {})[0]

    def _resume_subscription(self, call: Call) -> Thing:
        return stripe_life.act(self._ledger, call.path_params["id"], "resume", {})[0]

    def _create_checkout(self, call: Call) -> Thing:
        return stripe_checkout.open_session(self._ledger, call.params, call.base_url)

    def _expire_checkout(self, call: Call) -> Thing:
        session = self._ledger.get("checkout.session", call.path_params["id"])
        if session["status"] != "open":
            raise StripeRefusal(
                400,
                'Only Checkout Sessions with a status in ["open"] can be expired.'
                f" This Checkout Session has a status of {session['status']}.",
            )
        changes = {"status": "expired", "url": None}
        expired, _ = self._ledger.change(session, changes, None)
        self._ledger.emit("checkout.session.expired", expired)
        return expired

    def _create_portal(self, call: Call) -> Thing:
        customer = self._ledger.get("customer", str(call.params.get("customer")), "customer")
        asked = dict(call.params)
        if (asked.get("after_expiration") or {}).get("type") not in (None, "customer_login"):
            raise StripeRefusal(
                400, "after_expiration[type] is customer_login.", param="after_expiration[type]"
            )
        return self._ledger.put(
            stripe_sessions.portal_session(self._ledger.now(), customer["id"], asked, call.base_url)
        )

    def _create_refund(self, call: Call) -> Thing:
        asked = call.params
        if intent := asked.get("payment_intent"):
            found = self._ledger.get("payment_intent", intent, "payment_intent")
            charge = self._ledger.get("charge", found["latest_charge"])
        else:
            charge = self._ledger.get("charge", str(asked.get("charge")), "charge")
        return stripe_payments.refund(self._ledger, charge, self._ledger.now(), asked)[0]


def _merged(metadata: Thing, changes: Any) -> Thing:
    """Metadata is merged key by key; an empty value removes its key, an empty string all."""
    if not isinstance(changes, dict):
        return {}
    return {name: value for name, value in {**metadata, **changes}.items() if value != ""}
