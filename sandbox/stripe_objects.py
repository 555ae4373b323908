"""Customers, prices and subscriptions as Stripe writes them today.

Shapes follow API version 2026-10-28.endive: billing periods are on the subscription's items, and
nothing that moved elsewhere is repeated at its old place.
"""

import calendar
import secrets
import string
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

Thing = dict[str, Any]

_LETTERS: Final = string.ascii_letters + string.digits
_DAY: Final = 86_400


def new_id(prefix: str, length: int = 24) -> str:
    """Make an id such as `sub_` and letters."""
    return prefix + "".join(secrets.choice(_LETTERS) for _ in range(length))


def period_end(start: int, price: Mapping[str, Any]) -> int:
    """Return when a period of `price` that begins at `start` ends; both are epoch seconds."""
    recurring = price["recurring"]
    count, interval = int(recurring["interval_count"]), recurring["interval"]
    if interval in ("day", "week"):
        return start + count * _DAY * (7 if interval == "week" else 1)
    months = count * (12 if interval == "year" else 1)
    moment = datetime.fromtimestamp(start, UTC)
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    day = min(moment.day, calendar.monthrange(year, month + 1)[1])
    return int(moment.replace(year=year, month=month + 1, day=day).timestamp())


def price(price_id: str, now: int, amount: int = 1900) -> Thing:
    """A monthly price in cents of a US dollar; `year` in its id makes it a yearly one. The second
    word of its id names its product."""
    interval = "year" if "year" in price_id else "month"
    return {
        "id": price_id,
        "object": "price",
        "active": True,
        "billing_scheme": "per_unit",
        "created": now,
        "currency": "usd",
        "custom_unit_amount": None,
        "livemode": False,
        "lookup_key": None,
        "metadata": {},
        "nickname": None,
        "product": f"prod_{price_id.split('_')[1]}",
        "recurring": {
            "interval": interval,
            "interval_count": 1,
            "meter": None,
            "trial_period_days": None,
            "usage_type": "licensed",
        },
        "tax_behavior": "unspecified",
        "tiers_mode": None,
        "transform_quantity": None,
        "type": "recurring",
        "unit_amount": amount * (10 if interval == "year" else 1),
        "unit_amount_decimal": str(amount * (10 if interval == "year" else 1)),
    }


def plan(of: Thing) -> Thing:
    """The plan object that still accompanies a price on a subscription item."""
    recurring = of["recurring"]
    return {
        "id": of["id"],
        "object": "plan",
        "active": True,
        "amount": of["unit_amount"],
        "amount_decimal": of["unit_amount_decimal"],
        "billing_scheme": "per_unit",
        "created": of["created"],
        "currency": of["currency"],
        "interval": recurring["interval"],
        "interval_count": recurring["interval_count"],
        "livemode": False,
        "metadata": {},
        "meter": None,
        "nickname": None,
        "product": of["product"],
        "tiers_mode": None,
        "transform_usage": None,
        "trial_period_days": None,
        "usage_type": "licensed",
    }


def customer(
    now: int,
    *,
    phone: str | None = None,
    email: str | None = None,
    name: str | None = None,
    description: str | None = None,
    metadata: Mapping[str, str] | None = None,
) -> Thing:
    """A customer."""
    return {
        "id": new_id("cus_", 14),
        "object": "customer",
        "address": None,
        "balance": 0,
        "created": now,
        "currency": None,
        "default_source": None,
        "delinquent": False,
        "description": description,
        "discount": None,
        "email": email,
        "invoice_prefix": secrets.token_hex(4).upper(),
        "invoice_settings": {
            "custom_fields": None,
            "default_payment_method": None,
            "footer": None,
            "rendering_options": None,
        },
        "livemode": False,
        "metadata": dict(metadata or {}),
        "name": name,
        "next_invoice_sequence": 1,
        "phone": phone,
        "preferred_locales": [],
        "shipping": None,
        "tax_exempt": "none",
        "test_clock": None,
    }


def subscription_item(
    of: Thing, subscription_id: str, start: int, end: int, quantity: int
) -> Thing:
    """An item of a subscription; since 2025 the period is here and not on the subscription."""
    return {
        "id": new_id("si_", 14),
        "object": "subscription_item",
        "billed_until": end,
        "billing_thresholds": None,
        "created": start,
        "current_period_end": end,
        "current_period_start": start,
        "current_trial": None,
        "discounts": [],
        "metadata": {},
        "plan": plan(of),
        "price": of,
        "quantity": quantity,
        "subscription": subscription_id,
        "tax_rates": [],
    }


def subscription(
    now: int,
    customer_id: str,
    prices: Sequence[tuple[Thing, int]],
    *,
    trial_end: int | None = None,
    metadata: Mapping[str, str] | None = None,
) -> Thing:
    """A subscription to `prices` (with quantities), trialing until `trial_end` or active."""
    sub_id = new_id("sub_1", 23)
    items = [
        subscription_item(each, sub_id, now, trial_end or period_end(now, each), quantity)
        for each, quantity in prices
    ]
    return {
        "id": sub_id,
        "object": "subscription",
        "application": None,
        "application_fee_percent": None,
        "automatic_tax": {"disabled_reason": None, "enabled": False, "liability": None},
        "billing_cycle_anchor": trial_end or now,
        "billing_cycle_anchor_config": None,
        "billing_mode": {
            "flexible": {"proration_discounts": "included"},
            "type": "flexible",
            "updated_at": None,
        },
        "billing_thresholds": None,
        "cancel_at": None,
        "cancel_at_period_end": False,
        "canceled_at": None,
        "cancellation_details": {"comment": None, "feedback": None, "reason": None},
        "collection_method": "charge_automatically",
        "created": now,
        "currency": "usd",
        "customer": customer_id,
        "customer_account": None,
        "days_until_due": None,
        "default_payment_method": None,
        "default_source": None,
        "default_tax_rates": [],
        "description": None,
        "discounts": [],
        "ended_at": None,
        "invoice_settings": {"account_tax_ids": None, "issuer": {"type": "self"}},
        "items": {
            "object": "list",
            "data": items,
            "has_more": False,
            "total_count": len(items),
            "url": f"/v1/subscription_items?subscription={sub_id}",
        },
        "latest_invoice": None,
        "livemode": False,
        "metadata": dict(metadata or {}),
        "next_pending_invoice_item_invoice": None,
        "on_behalf_of": None,
        "pause_collection": None,
        "payment_settings": {
            "payment_method_options": None,
            "payment_method_types": None,
            "save_default_payment_method": "off",
        },
        "pending_invoice_item_interval": None,
        "pending_setup_intent": None,
        "pending_update": None,
        "schedule": None,
        "start_date": now,
        "status": "active" if trial_end is None else "trialing",
        "status_details": None,
        "test_clock": None,
        "transfer_data": None,
        "trial_end": trial_end,
        "trial_settings": {"end_behavior": {"missing_payment_method": "create_invoice"}},
        "trial_start": None if trial_end is None else now,
    }
