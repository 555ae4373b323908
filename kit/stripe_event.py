"""What an event of Stripe's says, by its webhook or by its API: of what type, and of whom.

It is read to find out whom to look up, and is not believed further.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from kit.ids import parse_uuid
from kit.refusals import InvalidArgument

StripeJson = Mapping[str, Any]

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
"""The types after which a customer may have more or less than before. No other is asked for."""

EVENT_ID: Final = re.compile(r"evt_\w{1,150}", re.ASCII)
# Not "cus_…": accounts may choose the ids of their customers.
_CUSTOMER_ID: Final = re.compile(r"[\w.@-]{1,150}", re.ASCII)
_CHARGE_ID: Final = re.compile(r"\w{1,150}", re.ASCII)
_PHONE: Final = re.compile(r"\+?[\d ().-]{3,31}", re.ASCII)


def customer_of(subject: StripeJson) -> str | None:
    """The customer's id: the object's own, or the one it names, or of the charge that it disputes.

    A dispute names its charge by id alone, unless expanded, and a guest's checkout has no customer:
    then "", see `charge_of`. None where there is something that is no customer's id.
    """
    if subject.get("object") == "customer":
        found = subject.get("id")
    else:
        found = subject.get("customer") or _inside(subject, "charge", "customer")
    if isinstance(found, Mapping):
        found = found.get("id")
    if found is None:
        return ""
    return found if isinstance(found, str) and _CUSTOMER_ID.fullmatch(found) else None


def charge_of(subject: StripeJson) -> str:
    """The charge that a dispute is about, by which Stripe tells its customer; "" for all else."""
    if subject.get("object") != "dispute":
        return ""
    found = subject.get("charge")
    if isinstance(found, Mapping):
        found = found.get("id")
    return found if isinstance(found, str) and _CHARGE_ID.fullmatch(found) else ""


def user_of(subject: StripeJson) -> str:
    """The person whom our own checkout wrote into the object, a UUID; "" where there is none.

    An invoice carries its subscription's metadata: since 2025 under `parent`, before that at the
    top (https://docs.stripe.com/changelog/basil/2025-03-31/adds-new-parent-field-to-invoicing-objects).
    Other sellers' ids in these free fields are no UUIDs.
    """
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


def phone_of(subject: StripeJson) -> str:
    """The number of the customer, not of a card: "" where there is none that looks like one."""
    for found in (
        subject.get("phone") if subject.get("object") == "customer" else None,
        _inside(subject, "customer_details", "phone"),
        subject.get("customer_phone"),
        _inside(subject, "customer", "phone"),
    ):
        if isinstance(found, str) and _PHONE.fullmatch(found):
            return found
    return ""


def _inside(value: Any, *names: str) -> Any:
    """What stands at that path of objects, None where there is no such path."""
    for name in names:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value
