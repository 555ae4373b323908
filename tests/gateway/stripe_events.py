"""Events as Stripe posts them, at a noon of our own."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def at(seconds: int = 0) -> int:
    return int(NOW.timestamp()) + seconds


def event(subject: Any = None, **changes: Any) -> dict[str, Any]:
    """An event as Stripe posts it."""
    whole = {
        "id": "evt_1",
        "object": "event",
        "api_version": "2026-10-28.endive",
        "created": at(),
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": None, "idempotency_key": None},
        "type": "customer.subscription.updated",
        "data": {"object": subject or {"id": "sub_1", "customer": "cus_1"}},
    }
    return whole | changes
