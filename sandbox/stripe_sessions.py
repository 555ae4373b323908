"""Checkout and billing portal sessions as Stripe writes them; their pages are the sandbox's."""

from collections.abc import Sequence
from typing import Final

from sandbox.stripe_objects import Thing, new_id

_DAY: Final = 86_400


def portal_session(now: int, customer_id: str, asked: Thing, base_url: str) -> Thing:
    """A billing portal session; its page is the sandbox's."""
    session_id = new_id("bps_1", 23)
    return {
        "id": session_id,
        "object": "billing_portal.session",
        "after_expiration": asked.get("after_expiration"),
        "configuration": "bpc_sandbox",
        "created": now,
        "customer": customer_id,
        "customer_account": None,
        "flow": None,
        "livemode": False,
        "locale": None,
        "on_behalf_of": None,
        "return_url": asked.get("return_url"),
        "url": f"{base_url}/sandbox/portal/{session_id}",
    }


def checkout_session(now: int, asked: Thing, lines: Sequence[tuple[Thing, int]]) -> Thing:
    """An open checkout session of mode subscription; `asked` holds what the caller chose."""
    session_id = new_id("cs_test_a1", 56)
    total = sum(each["unit_amount"] * quantity for each, quantity in lines)
    return {
        "id": session_id,
        "object": "checkout.session",
        "adaptive_pricing": {"enabled": False},
        "after_expiration": None,
        "allow_promotion_codes": None,
        "amount_subtotal": total,
        "amount_total": total,
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "billing_address_collection": None,
        "cancel_url": asked.get("cancel_url"),
        "client_reference_id": asked.get("client_reference_id"),
        "client_secret": None,
        "collected_information": None,
        "consent": None,
        "consent_collection": None,
        "created": now,
        "currency": "usd",
        "currency_conversion": None,
        "custom_fields": [],
        "custom_text": {
            "after_submit": None,
            "shipping_address": None,
            "submit": None,
            "terms_of_service_acceptance": None,
        },
        "customer": asked.get("customer"),
        "customer_account": None,
        "customer_creation": None if asked.get("customer") else "always",
        "customer_details": None,
        "customer_email": asked.get("customer_email"),
        "discounts": [],
        "expires_at": now + _DAY,
        "invoice": None,
        "invoice_creation": None,
        "livemode": False,
        "locale": None,
        "metadata": dict(asked.get("metadata") or {}),
        "mode": "subscription",
        "origin_context": None,
        "payment_intent": None,
        "payment_link": None,
        "payment_method_collection": "always",
        "payment_method_configuration_details": None,
        "payment_method_options": {},
        "payment_method_types": ["card"],
        "payment_status": "unpaid",
        "permissions": None,
        "phone_number_collection": {"enabled": bool(asked.get("collects_phone"))},
        "recovered_from": None,
        "saved_payment_method_options": None,
        "setup_intent": None,
        "shipping_address_collection": None,
        "shipping_cost": None,
        "shipping_options": [],
        "status": "open",
        "submit_type": None,
        "subscription": None,
        "success_url": asked.get("success_url"),
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "ui_mode": "hosted_page",
        "url": f"{asked['base_url']}/sandbox/checkout/{session_id}",
        "wallet_options": None,
    }
