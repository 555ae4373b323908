"""Checkout: sessions opened by the API or by the sandbox itself, and what paying one does."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sandbox import stripe_objects, stripe_payments, stripe_sessions
from sandbox.stripe_forms import StripeRefusal, truth, whole
from sandbox.stripe_ledger import Ledger
from sandbox.stripe_objects import Thing

_DAY: Final = 86_400
_TRIAL_DAYS: Final = 14
LINKS: Final = ("metadata", "phone", "customer", "none")


@dataclass(frozen=True, slots=True)
class Paid:
    """What came of a checkout: ids of the objects and of the events, in order."""

    customer: str
    subscription: str
    session: str
    event_ids: list[str]

    def as_json(self) -> Thing:
        """The answer of the control API."""
        return {
            "customer": self.customer,
            "subscription": self.subscription,
            "session": self.session,
            "event_ids": self.event_ids,
        }


def open_session(ledger: Ledger, params: Mapping[str, Any], base_url: str) -> Thing:
    """Open a session for the API; raises StripeRefusal for what Stripe would refuse."""
    if params.get("mode") != "subscription":
        raise StripeRefusal(400, "The sandbox knows mode subscription only.", param="mode")
    if params.get("customer"):
        ledger.get("customer", params["customer"], "customer")
    if not params.get("line_items"):
        raise StripeRefusal(
            400, "Missing required param: line_items.", code="parameter_missing", param="line_items"
        )
    lines = [
        (
            ledger.price(str(line.get("price", "")), f"line_items[{position}][price]"),
            whole(line, "quantity", 1) or 1,
        )
        for position, line in enumerate(params["line_items"])
    ]
    collects = (params.get("phone_number_collection") or {}).get("enabled")
    asked = {**params, "base_url": base_url, "collects_phone": truth(collects)}
    session = stripe_sessions.checkout_session(ledger.now(), asked, lines)
    data = params.get("subscription_data") or {}
    ledger.put(
        {
            "id": f"{session['id']}/line_items",
            "object": "checkout.session.lines",
            "subscription_data": data,
            "data": [
                {
                    "id": stripe_objects.new_id("li_1", 23),
                    "object": "item",
                    "amount_total": price["unit_amount"] * quantity,
                    "currency": price["currency"],
                    "description": "Subscription",
                    "price": price,
                    "quantity": quantity,
                }
                for price, quantity in lines
            ],
        }
    )
    return ledger.put(session)


def subscribe(ledger: Ledger, asked: Mapping[str, Any], price_id: str, base_url: str) -> Paid:
    """Do as if the person of `asked["phone"]` had paid on a checkout page just now.

    `link` says how they can be recognised: by metadata (needs user_id), by phone, by a customer
    known before (`customer`, or the latest of that phone), or by nothing.
    """
    phone, user_id = str(asked.get("phone") or ""), asked.get("user_id")
    link = asked.get("link") or ("metadata" if user_id else "phone")
    if not phone:
        raise StripeRefusal(400, "phone is missing", param="phone")
    if link not in LINKS:
        raise StripeRefusal(400, f"link is one of {', '.join(LINKS)}", param="link")
    if link == "metadata" and not user_id:
        raise StripeRefusal(400, "link metadata needs user_id", param="user_id")
    params: Thing = {"mode": "subscription", "success_url": f"{base_url}/"}
    params["line_items"] = [{"price": asked.get("price") or price_id, "quantity": 1}]
    if link == "metadata":
        known = {"user_id": str(user_id)}
        params |= {"client_reference_id": str(user_id), "metadata": known}
        params["subscription_data"] = {"metadata": known}
    if link == "customer":
        customers = [asked["customer"]] if asked.get("customer") else ledger.customers_of(phone)
        if not customers:
            raise StripeRefusal(400, "no customer is known for this phone", param="customer")
        params["customer"] = customers[0]
    if asked.get("trial"):
        days = _TRIAL_DAYS if asked["trial"] is True else int(asked["trial"])
        params.setdefault("subscription_data", {})["trial_period_days"] = days
    session = open_session(ledger, params, base_url)
    return complete(
        ledger,
        session["id"],
        payer=phone,
        shown_phone=phone if link == "phone" else None,
        pending=asked.get("payment") == "pending",
    )


def complete(
    ledger: Ledger,
    session_id: str,
    *,
    payer: str | None = None,
    shown_phone: str | None = None,
    pending: bool = False,
) -> Paid:
    """Pay an open session. `payer` is remembered for the phone page only; Stripe is told
    `shown_phone`. `pending` is a payment method that settles later. Raises StripeRefusal (409)."""
    session = ledger.get("checkout.session", session_id)
    if session["status"] != "open":
        raise StripeRefusal(409, f"This checkout session is {session['status']}.")
    now, events = ledger.now(), []
    lines = ledger.find(f"{session_id}/line_items") or {"data": [], "subscription_data": {}}
    customer = ledger.find(session["customer"] or "")
    if customer is None:
        customer = ledger.put(
            stripe_objects.customer(now, phone=shown_phone, email=session["customer_email"])
        )
        events.append(ledger.emit("customer.created", customer))
    if payer:
        ledger.remember_payer(payer, customer["id"])
    subscription, told = _begin(ledger, customer, lines, now, pending)
    session.update(
        status="complete",
        payment_status=_payment_status(subscription),
        customer=customer["id"],
        subscription=subscription["id"],
        invoice=subscription["latest_invoice"],
        url=None,
        customer_details=_details(customer, shown_phone),
    )
    ledger.put(session)
    events += [*told, ledger.emit("checkout.session.completed", session)]
    return Paid(customer["id"], subscription["id"], session_id, events)


def _details(customer: Thing, shown_phone: str | None) -> Thing:
    return {
        "address": None,
        "business_name": None,
        "email": customer["email"],
        "individual_name": None,
        "name": customer["name"],
        "phone": shown_phone or customer["phone"],
        "tax_exempt": "none",
        "tax_ids": [],
    }


def _payment_status(subscription: Thing) -> str:
    if subscription["status"] == "trialing":
        return "no_payment_required"
    return "paid" if subscription["status"] == "active" else "unpaid"


def _begin(
    ledger: Ledger, customer: Thing, lines: Thing, now: int, pending: bool
) -> tuple[Thing, list[str]]:
    """Make the subscription and its first invoice, paid unless the payment settles later."""
    data = lines["subscription_data"]
    days = whole(data, "trial_period_days", 0) or 0
    subscription = stripe_objects.subscription(
        now,
        customer["id"],
        [(line["price"], line["quantity"]) for line in lines["data"]],
        trial_end=now + days * _DAY if days else None,
        metadata=data.get("metadata"),
    )
    invoice, events = stripe_payments.bill(
        ledger, subscription, now, "subscription_create", amount=0 if days else None
    )
    if pending:
        subscription["status"] = "incomplete"
    ledger.put(subscription)
    if not pending:
        events += stripe_payments.pay(ledger, invoice, now)
    return subscription, [*events, ledger.emit("customer.subscription.created", subscription)]


def settle(ledger: Ledger, session_id: str, *, succeeded: bool) -> list[str]:
    """A payment that was pending succeeds or fails; return event ids. Raises StripeRefusal."""
    session = ledger.get("checkout.session", session_id)
    if session["status"] != "complete" or session["payment_status"] != "unpaid":
        raise StripeRefusal(409, "No payment of this checkout session is pending.")
    subscription = ledger.get("subscription", session["subscription"])
    invoice, now = stripe_payments.open_invoice(ledger, subscription), ledger.now()
    if succeeded:
        events = stripe_payments.pay(ledger, invoice, now)
        ending, session["payment_status"] = "active", "paid"
    else:
        events = stripe_payments.decline(ledger, invoice, now)
        events += stripe_payments.void(ledger, invoice, now)
        ending = "incomplete_expired"
    ledger.put(session)
    events += ledger.change(subscription, {"status": ending}, "customer.subscription.updated")[1]
    outcome = "succeeded" if succeeded else "failed"
    return [*events, ledger.emit(f"checkout.session.async_payment_{outcome}", session)]
