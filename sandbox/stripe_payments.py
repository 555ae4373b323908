"""Invoices made, paid, failed, voided, refunded and disputed, with the events Stripe emits."""

from collections.abc import Mapping
from typing import Any, Final

from sandbox import stripe_invoices
from sandbox.stripe_forms import StripeRefusal
from sandbox.stripe_ledger import Ledger
from sandbox.stripe_objects import Thing

_NEXT_ATTEMPT: Final = 3 * 86_400


def bill(
    ledger: Ledger, subscription: Thing, now: int, reason: str, amount: int | None = None
) -> tuple[Thing, list[str]]:
    """Make the open invoice of the subscription's current period; return it and event ids."""
    customer = ledger.find(subscription["customer"]) or {"id": subscription["customer"]}
    invoice = stripe_invoices.invoice(now, subscription, customer, reason=reason, amount=amount)
    if "next_invoice_sequence" in customer:
        customer["next_invoice_sequence"] += 1
        ledger.put(customer)
    ledger.put(invoice)
    subscription["latest_invoice"] = invoice["id"]
    return invoice, [ledger.emit(f"invoice.{step}", invoice) for step in ("created", "finalized")]


def pay(ledger: Ledger, invoice: Thing, now: int) -> list[str]:
    """Pay an open invoice; return event ids. Nothing is charged for an invoice of zero."""
    events: list[str] = []
    if invoice["amount_due"]:
        events += _attempt(ledger, invoice, now, succeeded=True)
    invoice.update(
        status="paid",
        amount_paid=invoice["amount_due"],
        amount_remaining=0,
        attempted=True,
        next_payment_attempt=None,
        auto_advance=False,
        webhooks_delivered_at=now,
    )
    invoice["status_transitions"]["paid_at"] = now
    ledger.put(invoice)
    return [*events, *(ledger.emit(f"invoice.{e}", invoice) for e in ("paid", "payment_succeeded"))]


def decline(ledger: Ledger, invoice: Thing, now: int) -> list[str]:
    """Fail to pay an open invoice; return event ids."""
    events = _attempt(ledger, invoice, now, succeeded=False)
    invoice.update(next_payment_attempt=now + _NEXT_ATTEMPT)
    ledger.put(invoice)
    return [*events, ledger.emit("invoice.payment_failed", invoice)]


def _attempt(ledger: Ledger, invoice: Thing, now: int, *, succeeded: bool) -> list[str]:
    for made in (parts := stripe_invoices.payment(now, invoice, succeeded=succeeded)):
        ledger.put(made)
    invoice.update(attempted=True, attempt_count=invoice["attempt_count"] + 1)
    return [ledger.emit(f"charge.{'succeeded' if succeeded else 'failed'}", parts[1])]


def void(ledger: Ledger, invoice: Thing, now: int) -> list[str]:
    """Void an open invoice; return event ids."""
    invoice.update(status="void", next_payment_attempt=None, auto_advance=False)
    invoice["status_transitions"]["voided_at"] = now
    ledger.put(invoice)
    return [ledger.emit("invoice.voided", invoice)]


def open_invoice(ledger: Ledger, subscription: Thing) -> Thing:
    """Return the newest open invoice of a subscription; raises StripeRefusal if none is."""
    for invoice in ledger.all("invoice", subscription=subscription["id"]):
        if invoice["status"] == "open":
            return invoice
    raise StripeRefusal(409, "This subscription has no open invoice.")


def paid_charge(ledger: Ledger, subscription: Thing) -> Thing:
    """Return the charge of the newest invoice that money was paid for; raises StripeRefusal."""
    payments = {each["invoice"]: each for each in ledger.all("invoice_payment")
                if each["status"] == "paid"}  # fmt: skip
    for invoice in ledger.all("invoice", subscription=subscription["id"]):
        if payment := payments.get(invoice["id"]):
            intent = ledger.get("payment_intent", payment["payment"]["payment_intent"])
            return ledger.get("charge", intent["latest_charge"])
    raise StripeRefusal(409, "Nothing was paid for this subscription.")


def refund(
    ledger: Ledger, charge: Thing, now: int, asked: Mapping[str, Any]
) -> tuple[Thing, list[str]]:
    """Refund a charge, wholly unless `asked` names an amount in cents; return refund and events."""
    left = charge["amount"] - charge["amount_refunded"]
    amount = int(asked.get("amount") or left)
    if not 0 < amount <= left:
        raise StripeRefusal(
            400,
            f"Refund amount (${amount / 100:.2f}) is greater than unrefunded amount on charge"
            f" (${left / 100:.2f})",
            code="charge_already_refunded" if left == 0 else "amount_too_large",
            param="amount",
        )
    made = ledger.put(stripe_invoices.refund(now, charge, amount, asked.get("reason")))
    previous = {"amount_refunded": charge["amount_refunded"], "refunded": charge["refunded"]}
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]
    ledger.put(charge)
    told = [ledger.emit("refund.created", made), ledger.emit("charge.refunded", charge, previous)]
    return made, told


def dispute(ledger: Ledger, charge: Thing, now: int, reason: str) -> list[str]:
    """Let the cardholder dispute a charge; return event ids."""
    made = ledger.put(stripe_invoices.dispute(now, charge, reason))
    charge["disputed"] = True
    ledger.put(charge)
    return [ledger.emit("charge.dispute.created", made)]
