"""Checkout and billing portal sessions as Stripe writes them; their pages are the sandbox's."""

from collections.abc import Sequence
from typing import Final

from sandbox.stripe_objects import Thing, new_id

_DAY: Final = 86_400
_CUSTOM_TEXTS: Final = (
    "after_submit",
    "shipping_address",
    "submit",
    "terms_of_service_acceptance",
)
_NULL_AT_FIRST: Final = (
    "after_expiration",
    "allow_promotion_codes",
    "billing_address_collection",
    "client_secret",
    "collected_information",
    "consent",
    "consent_collection",
    "currency_conversion",
    "customer_account",
    "customer_details",
    "invoice",
    "invoice_creation",
    "locale",
    "origin_context",
    "payment_intent",
    "payment_link",
    "payment_method_configuration_details",
    "permissions",
    "recovered_from",
    "saved_payment_method_options",
    "setup_intent",
    "shipping_address_collection",
    "shipping_cost",
    "submit_type",
    "subscription",
    "wallet_options",
)
"""Fields of a checkout session that are null when it opens; most stay so here."""


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
    return {
        "id": session_id,
        "object": "checkout.session",
        "created": now,
        "expires_at": now + _DAY,
        "url": f"{asked['base_url']}/sandbox/checkout/{session_id}",
        **_chosen(asked),
        **_priced(lines),
        **_not_paid_yet(),
        **dict.fromkeys(_NULL_AT_FIRST),
    }


def _chosen(asked: Thing) -> Thing:
    """What the caller chose."""
    return {
        "cancel_url": asked.get("cancel_url"),
        "client_reference_id": asked.get("client_reference_id"),
        "customer": asked.get("customer"),
        "customer_creation": None if asked.get("customer") else "always",
        "customer_email": asked.get("customer_email"),
        "metadata": dict(asked.get("metadata") or {}),
        "phone_number_collection": {"enabled": bool(asked.get("collects_phone"))},
        "success_url": asked.get("success_url"),
    }


def _priced(lines: Sequence[tuple[Thing, int]]) -> Thing:
    """What it costs, without taxes and discounts."""
    total = sum(each["unit_amount"] * quantity for each, quantity in lines)
    return {
        "amount_subtotal": total,
        "amount_total": total,
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "currency": "usd",
        "discounts": [],
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
    }


def _not_paid_yet() -> Thing:
    """The state in which every session begins, and the settings of this account."""
    return {
        "adaptive_pricing": {"enabled": False},
        "custom_fields": [],
        "custom_text": dict.fromkeys(_CUSTOM_TEXTS),
        "livemode": False,
        "mode": "subscription",
        "payment_method_collection": "always",
        "payment_method_options": {},
        "payment_method_types": ["card"],
        "payment_status": "unpaid",
        "shipping_options": [],
        "status": "open",
        "ui_mode": "hosted_page",
    }
