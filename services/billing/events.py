"""What a Stripe event says of whom it concerns: read alike here and by the webhook.

The gateway reads the same fields of the events that reach it. Neither imports the other; a test
holds the two together.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum, auto
from typing import Any, Final

from kit.ids import parse_uuid
from kit.refusals import InvalidArgument
from services.billing.mirror import StripeJson

# The types that mean something to us; any other is not asked for.
HANDLED: Final = frozenset(
    {
        "checkout.session.completed",
        "checkout.session.async_payment_succeeded",
        "checkout.session.async_payment_failed",
        "customer.subscription.created",
        "customer.subscription.updated",
        "customer.subscription.deleted",
        "customer.subscription.paused",
        "customer.subscription.resumed",
        "customer.subscription.trial_will_end",
        "invoice.paid",
        "invoice.payment_failed",
        "invoice.payment_action_required",
        "invoice.voided",
        "charge.refunded",
        "charge.dispute.created",
        "customer.updated",
        "customer.deleted",
    }
)

_EVENT_ID: Final = re.compile(r"evt_\w{1,150}", re.ASCII)
_OBJECT_ID: Final = re.compile(r"\w{1,250}", re.ASCII)
_CUSTOMER_ID: Final = re.compile(r"[\w.@-]{1,150}", re.ASCII)
_PHONE: Final = re.compile(r"\+?[\d ().-]{3,31}", re.ASCII)


class Source(Enum):
    """Which of Stripe's lists is read for what changed."""

    EVENTS = auto()
    SUBSCRIPTIONS = auto()
    CHECKOUT_SESSIONS = auto()


@dataclass(frozen=True, slots=True)
class Event:
    """One event. customer_id, user_id, phone_number, session_id: "" where it names none."""

    event_id: str
    event_type: str
    customer_id: str
    user_id: str
    phone_number: str
    session_id: str
    created_at: datetime


def event_of(event: StripeJson) -> Event | None:
    """Reads an event; None for one that the webhook would refuse as malformed."""
    event_id = event.get("id")
    if not (isinstance(event_id, str) and _EVENT_ID.fullmatch(event_id)):
        return None
    return _about(_inside(event, "data", "object"), event_id, event)


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
    customer_id = _customer_of(subject)
    if customer_id and not _CUSTOMER_ID.fullmatch(customer_id):
        return None
    session_id = subject.get("id") if subject.get("object") == "checkout.session" else None
    return Event(
        event_id=event_id,
        event_type=event_type,
        customer_id=customer_id,
        user_id=_user_of(subject),
        phone_number=_phone_of(subject),
        session_id=session_id if isinstance(session_id, str) else "",
        created_at=datetime.fromtimestamp(created, UTC),
    )


def _inside(value: Any, *names: str) -> Any:
    for name in names:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _customer_of(subject: StripeJson) -> str:
    if subject.get("object") == "customer":
        found = subject.get("id")
    else:
        found = subject.get("customer") or _inside(subject, "charge", "customer")
    if isinstance(found, Mapping):
        found = found.get("id")
    return found if isinstance(found, str) else ""


def _user_of(subject: StripeJson) -> str:
    for found in (
        subject.get("client_reference_id"),
        _inside(subject, "metadata", "user_id"),
        _inside(subject, "parent", "subscription_details", "metadata", "user_id"),
        _inside(subject, "subscription_details", "metadata", "user_id"),
    ):
        if isinstance(found, str):
            try:
                return str(parse_uuid(found, "user_id"))
            except InvalidArgument:
                continue
    return ""


def _phone_of(subject: StripeJson) -> str:
    for found in (
        subject.get("phone") if subject.get("object") == "customer" else None,
        _inside(subject, "customer_details", "phone"),
        subject.get("customer_phone"),
        _inside(subject, "customer", "phone"),
    ):
        if isinstance(found, str) and _PHONE.fullmatch(found):
            return found
    return ""
