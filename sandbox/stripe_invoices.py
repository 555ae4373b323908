"""Invoices and the money behind them as Stripe writes them today.

An invoice names its subscription in `parent`; the way from a charge to its invoice leads over the
payment intent and the invoice payment, because neither object points at the other any more.
"""

from typing import Any

from sandbox.stripe_objects import Thing, new_id


def invoice(
    now: int, subscription: Thing, customer: Thing, *, reason: str, amount: int | None = None
) -> Thing:
    """An open, finalized invoice over the subscription's items; `amount` (cents) overrides them.

    `reason` is Stripe's billing_reason. Line periods are the time paid for; the invoice's own
    period is the one that has passed, as at Stripe.
    """
    invoice_id = new_id("in_1", 23)
    lines = [
        _line(invoice_id, item, subscription, amount) for item in subscription["items"]["data"]
    ]
    total = sum(line["amount"] for line in lines)
    number = customer.get("next_invoice_sequence", 1)
    details = {"metadata": subscription["metadata"], "subscription": subscription["id"]}
    return {
        "id": invoice_id,
        "object": "invoice",
        "account_country": "US",
        "account_name": "Sandbox",
        "account_tax_ids": None,
        "amount_due": total,
        "amount_overpaid": 0,
        "amount_paid": 0,
        "amount_remaining": total,
        "amount_shipping": 0,
        "application": None,
        "attempt_count": 0,
        "attempted": False,
        "auto_advance": True,
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "automatically_finalizes_at": None,
        "billing_reason": reason,
        "collection_method": "charge_automatically",
        "created": now,
        "currency": "usd",
        "custom_fields": None,
        "customer": customer["id"],
        "customer_account": None,
        "customer_address": None,
        "customer_email": customer.get("email"),
        "customer_name": customer.get("name"),
        "customer_phone": customer.get("phone"),
        "customer_shipping": None,
        "customer_tax_exempt": "none",
        "customer_tax_ids": [],
        "default_payment_method": None,
        "default_source": None,
        "default_tax_rates": [],
        "description": None,
        "discounts": [],
        "due_date": None,
        "effective_at": now,
        "ending_balance": 0,
        "footer": None,
        "from_invoice": None,
        "hosted_invoice_url": None,
        "invoice_pdf": None,
        "issuer": {"type": "self"},
        "last_finalization_error": None,
        "latest_revision": None,
        "lines": {
            "object": "list",
            "data": lines,
            "has_more": False,
            "total_count": len(lines),
            "url": f"/v1/invoices/{invoice_id}/lines",
        },
        "livemode": False,
        "metadata": {},
        "next_payment_attempt": None,
        "number": f"{customer.get('invoice_prefix', 'SANDBOX')}-{number:04d}",
        "on_behalf_of": None,
        "parent": {
            "quote_details": None,
            "subscription_details": details,
            "type": "subscription_details",
        },
        "payment_settings": {
            "default_mandate": None,
            "payment_method_options": None,
            "payment_method_types": None,
        },
        "period_end": min(line["period"]["start"] for line in lines),
        "period_start": subscription["start_date"],
        "post_payment_credit_notes_amount": 0,
        "pre_payment_credit_notes_amount": 0,
        "receipt_number": None,
        "rendering": None,
        "shipping_cost": None,
        "shipping_details": None,
        "starting_balance": 0,
        "statement_descriptor": None,
        "status": "open",
        "status_transitions": {
            "finalized_at": now,
            "marked_uncollectible_at": None,
            "paid_at": None,
            "voided_at": None,
        },
        "subtotal": total,
        "subtotal_excluding_tax": total,
        "test_clock": None,
        "total": total,
        "total_discount_amounts": [],
        "total_excluding_tax": total,
        "total_pretax_credit_amounts": [],
        "total_taxes": [],
        "webhooks_delivered_at": None,
    }


def _line(invoice_id: str, item: Thing, subscription: Thing, amount: int | None) -> Thing:
    price = item["price"]
    cents = price["unit_amount"] * item["quantity"] if amount is None else amount
    return {
        "id": new_id("il_1", 23),
        "object": "line_item",
        "amount": cents,
        "currency": "usd",
        "description": f"{item['quantity']} × Subscription",
        "discount_amounts": [],
        "discountable": True,
        "discounts": [],
        "invoice": invoice_id,
        "livemode": False,
        "metadata": {},
        "parent": {
            "invoice_item_details": None,
            "subscription_item_details": {
                "invoice_item": None,
                "proration": False,
                "proration_details": {"credited_items": None},
                "subscription": subscription["id"],
                "subscription_item": item["id"],
            },
            "type": "subscription_item_details",
        },
        "period": {"end": item["current_period_end"], "start": item["current_period_start"]},
        "pretax_credit_amounts": [],
        "pricing": {
            "price_details": {"price": price["id"], "product": price["product"]},
            "type": "price_details",
            "unit_amount_decimal": price["unit_amount_decimal"],
        },
        "quantity": item["quantity"],
        "subscription": subscription["id"],
        "subtotal": cents,
        "taxes": [],
    }


def payment(now: int, of: Thing, *, succeeded: bool) -> tuple[Thing, Thing, Thing]:
    """Return the payment intent, charge and invoice payment of one attempt to pay invoice `of`."""
    intent_id, charge_id = new_id("pi_3", 23), new_id("ch_3", 23)
    amount = of["amount_due"]
    intent = {
        "id": intent_id,
        "object": "payment_intent",
        "amount": amount,
        "amount_received": amount if succeeded else 0,
        "created": now,
        "currency": "usd",
        "customer": of["customer"],
        "latest_charge": charge_id,
        "livemode": False,
        "metadata": {},
        "status": "succeeded" if succeeded else "requires_payment_method",
    }
    invoice_payment = {
        "id": new_id("inpay_1", 23),
        "object": "invoice_payment",
        "amount_paid": amount if succeeded else None,
        "amount_requested": amount,
        "created": now,
        "currency": "usd",
        "invoice": of["id"],
        "is_default": True,
        "livemode": False,
        "payment": {"payment_intent": intent_id, "type": "payment_intent"},
        "status": "paid" if succeeded else "open",
        "status_transitions": {"canceled_at": None, "paid_at": now if succeeded else None},
    }
    return intent, _charge(now, charge_id, intent_id, of, succeeded), invoice_payment


def _charge(now: int, charge_id: str, intent_id: str, of: Thing, succeeded: bool) -> Thing:
    outcome: dict[str, Any] = {"network_status": "approved_by_network", "type": "authorized"}
    if not succeeded:
        outcome = {"network_status": "declined_by_network", "type": "issuer_declined"}
    return {
        "id": charge_id,
        "object": "charge",
        "amount": of["amount_due"],
        "amount_captured": of["amount_due"] if succeeded else 0,
        "amount_refunded": 0,
        "application": None,
        "balance_transaction": None,
        "billing_details": {"address": None, "email": None, "name": None, "phone": None},
        "captured": succeeded,
        "created": now,
        "currency": "usd",
        "customer": of["customer"],
        "description": "Subscription update",
        "disputed": False,
        "failure_code": None if succeeded else "card_declined",
        "failure_message": None if succeeded else "Your card was declined.",
        "fraud_details": {},
        "livemode": False,
        "metadata": {},
        "outcome": outcome,
        "paid": succeeded,
        "payment_intent": intent_id,
        "payment_method": "pm_sandbox",
        "payment_method_details": {"card": {"brand": "visa", "last4": "4242"}, "type": "card"},
        "receipt_email": None,
        "receipt_url": None,
        "refunded": False,
        "shipping": None,
        "statement_descriptor": None,
        "status": "succeeded" if succeeded else "failed",
    }


def refund(now: int, charge: Thing, amount: int, reason: str | None) -> Thing:
    """A succeeded refund of `amount` cents of a charge."""
    return {
        "id": new_id("re_3", 23),
        "object": "refund",
        "amount": amount,
        "balance_transaction": None,
        "charge": charge["id"],
        "created": now,
        "currency": charge["currency"],
        "customer": charge["customer"],
        "destination_details": {"card": {"type": "refund"}, "type": "card"},
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "reason": reason,
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "succeeded",
        "transfer_reversal": None,
    }


def dispute(now: int, charge: Thing, reason: str) -> Thing:
    """A dispute over the whole of a charge that needs a response."""
    return {
        "id": new_id("du_1", 23),
        "object": "dispute",
        "amount": charge["amount"],
        "balance_transactions": [],
        "charge": charge["id"],
        "created": now,
        "currency": charge["currency"],
        "enhanced_eligibility_types": [],
        "evidence": {},
        "evidence_details": {
            "due_by": now + 7 * 86_400,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
        },
        "is_charge_refundable": False,
        "livemode": False,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "reason": reason,
        "status": "needs_response",
    }
