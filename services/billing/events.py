"""What Stripe's lists tell of whom a change concerns, read as the webhook reads an event."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum, auto
from typing import Any, Final

from kit.stripe_event import EVENT_ID, charge_of, customer_of, phone_of, user_of
from services.billing.mirror import StripeJson

_OBJECT_ID: Final = re.compile(r"\w{1,250}", re.ASCII)


class Source(Enum):
    """Which of Stripe's lists is read for what changed."""

    EVENTS = auto()
    SUBSCRIPTIONS = auto()
    CHECKOUT_SESSIONS = auto()


@dataclass(frozen=True, slots=True)
class Event:
    """One event. customer_id, user_id, phone_number, session_id, charge_id: "" where it names none.

    charge_id: of a dispute alone.
    """

    event_id: str
    event_type: str
    customer_id: str
    user_id: str
    phone_number: str
    session_id: str
    charge_id: str
    created_at: datetime


def event_of(event: StripeJson) -> Event | None:
    """Reads an event; None for one that the webhook would refuse as malformed."""
    event_id = event.get("id")
    if not (isinstance(event_id, str) and EVENT_ID.fullmatch(event_id)):
        return None
    data = event.get("data")
    return _about(data.get("object") if isinstance(data, Mapping) else None, event_id, event)


def object_of(listed: StripeJson) -> Event | None:
    """Reads an object of a list like an event about it: its id, its kind, when it was made."""
    object_id = listed.get("id")
    if not (isinstance(object_id, str) and _OBJECT_ID.fullmatch(object_id)):
        return None
    return _about(listed, object_id, {**listed, "type": listed.get("object")})


def _about(subject: Any, event_id: str, event: StripeJson) -> Event | None:
    event_type, created = event.get("type"), event.get("created")
    if not (
        isinstance(event_type, str) and isinstance(created, int) and isinstance(subject, Mapping)
    ):
        return None
    customer_id = customer_of(subject)
    if customer_id is None:
        return None
    session_id = subject.get("id") if subject.get("object") == "checkout.session" else None
    return Event(
        event_id=event_id,
        event_type=event_type,
        customer_id=customer_id,
        user_id=user_of(subject),
        phone_number=phone_of(subject),
        session_id=session_id if isinstance(session_id, str) else "",
        charge_id=charge_of(subject),
        created_at=datetime.fromtimestamp(created, UTC),
    )
