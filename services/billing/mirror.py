"""Reading Stripe's objects: of today's API, and of 2020, whose events are still replayed.

Everything here takes plain mappings as JSON has them and never fails on a missing or odd field: an
object that cannot be understood must not stop the payments of others, and grants nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final, TypeAlias

from kit.stripe_event import user_of
from services.billing.access import Subscription

StripeJson: TypeAlias = Mapping[str, Any]

# Finalised and not paid; a draft is not owed yet, a void one is owed no more.
# https://docs.stripe.com/invoicing/overview#invoice-statuses
_UNPAID: Final = frozenset({"open", "uncollectible"})
_NOTHING: Final[StripeJson] = {}


def subscription_of(
    subscription: StripeJson,
    invoices: Sequence[StripeJson] = (),
    refunded: Collection[str] = (),
) -> Subscription:
    """The subscription with what its invoices say about payment.

    invoices: of its customer, any status, lines included. refunded: ids of the charges and payment
    intents that were given back in full.
    """
    facts = Subscription(
        subscription_id=_text(subscription, "id"),
        status=_text(subscription, "status"),
        price_id=price_id(subscription),
        current_period_end=current_period_end(subscription),
        trial_end=_moment(subscription.get("trial_end")),
        cancel_time=_cancel_time(subscription),
    )
    own = [one for one in invoices if _subscription_id(one) == facts.subscription_id]
    return replace(
        facts,
        paid_until=paid_until(own, facts.subscription_id, refunded),
        unpaid_since=unpaid_since(own),
    )


def current_period_end(subscription: StripeJson) -> datetime | None:
    """The latest end over its items, else the field that the API had until 2025-03-31."""
    ends = [_moment(item.get("current_period_end")) for item in _items(subscription)]
    known = [end for end in ends if end is not None]
    return max(known) if known else _moment(subscription.get("current_period_end"))


def price_id(subscription: StripeJson) -> str:
    """The price of its first item, "" where there is none; "plan" is its name before 2020."""
    for holder in (*_items(subscription)[:1], subscription):
        for field in ("price", "plan"):
            if found := _id(holder.get(field)):
                return found
    return ""


def unpaid_since(invoices: Iterable[StripeJson]) -> datetime | None:
    """When the latest unpaid invoice was created, None where all is paid."""
    created = [_moment(one.get("created")) for one in invoices if _text(one, "status") in _UNPAID]
    return max((moment for moment in created if moment is not None), default=None)


def paid_until(
    invoices: Iterable[StripeJson], subscription_id: str, refunded: Collection[str]
) -> datetime | None:
    """The end of the last period of the subscription that was paid and not given back.

    A period is a line's: an invoice's own period_end is that of the period before. Invoices of
    nothing (a trial, a coupon) paid for nothing, unless it was credit for a change that paid them.
    Such credit ends what it is given for: who goes from a year to a month has paid the month.
    """
    lines = [
        line
        for invoice in invoices
        if _is_paid(invoice) and not _is_refunded(invoice, refunded)
        for line in _list(invoice.get("lines"))
        if _is_of(line, subscription_id)
    ]
    credited = [line for line in lines if _is_credit(line)]
    ends = [_end_of(line, credited) for line in lines if _number(line.get("amount")) > 0]
    return max((end for end in ends if end is not None), default=None)


def user_id_in(*objects: StripeJson) -> str:
    """The first person that these objects name, a UUID; "" where none does."""
    return next((found for one in objects if (found := user_of(one))), "")


def phone_in(customer: StripeJson) -> str:
    """The customer's number as Stripe holds it, not parsed; "" where it has none."""
    return _text(customer, "phone")


def _cancel_time(subscription: StripeJson) -> datetime | None:
    """When it ended, else when it is to end; `canceled_at` of a live one is a request's time."""
    if ended := _moment(subscription.get("ended_at")):
        return ended
    if subscription.get("status") == "canceled":
        return _moment(subscription.get("canceled_at"))
    if planned := _moment(subscription.get("cancel_at")):
        return planned
    if subscription.get("cancel_at_period_end") is True:
        return current_period_end(subscription)
    return None


def _is_paid(invoice: StripeJson) -> bool:
    return invoice.get("status") == "paid" and (
        _number(invoice.get("total")) > 0 or any(map(_is_credit, _list(invoice.get("lines"))))
    )


def _is_refunded(invoice: StripeJson, refunded: Collection[str]) -> bool:
    """Whether everything paid on it was given back, by refunds or by a credit note."""
    credited = _number(invoice.get("post_payment_credit_notes_amount"))
    if credited > 0 and credited >= _number(invoice.get("total")):
        return True
    payments = [
        _mapping(one.get("payment"))
        for one in _list(invoice.get("payments"))
        if one.get("status", "paid") == "paid"  # not an attempt that was canceled
    ]
    paid = [_id(one.get("payment_intent")) or _id(one.get("charge")) for one in payments]
    taken = [payment for payment in paid if payment]
    return bool(taken) and all(payment in refunded for payment in taken)


def _is_of(line: StripeJson, subscription_id: str) -> bool:
    """Whether a line is for this subscription; one that names none is, if its invoice is."""
    named = (_id(holder.get("subscription")) for holder in (*_details(line), line))
    return next((name for name in named if name), subscription_id) == subscription_id


def _is_credit(line: StripeJson) -> bool:
    """Whether a line gives back the rest of a period that was changed within it; a present is none.

    https://docs.stripe.com/billing/subscriptions/prorations
    """
    prorated = any(one.get("proration") is True for one in (line, *_details(line)))
    return prorated and _number(line.get("amount")) < 0


def _end_of(line: StripeJson, credited: Sequence[StripeJson]) -> datetime | None:
    """When what was paid by the line ends: sooner where the rest of it was credited."""
    start, end = _period(line)
    if start is None:
        return end
    cut = [
        since
        for since, until in map(_period, (one for one in credited if _same_item(one, line)))
        if until == end and since is not None and start < since
    ]
    return min(cut, default=end)


def _period(line: StripeJson) -> tuple[datetime | None, datetime | None]:
    period = _mapping(line.get("period"))
    return _moment(period.get("start")), _moment(period.get("end"))


def _same_item(one: StripeJson, other: StripeJson) -> bool:
    """Whether two lines may be of one item of the subscription: they do not name two."""
    named = {_item_id(one), _item_id(other)} - {""}
    return len(named) < 2


def _item_id(line: StripeJson) -> str:
    named = (_id(holder.get("subscription_item")) for holder in (*_details(line), line))
    return next((name for name in named if name), "")


def _details(line: StripeJson) -> list[StripeJson]:
    """What a line was made of: in one field or the other; the line itself until 2025-03-31."""
    parent = _mapping(line.get("parent"))
    return [
        _mapping(parent.get(field))
        for field in ("subscription_item_details", "invoice_item_details")
    ]


def _subscription_id(invoice: StripeJson) -> str:
    details = _mapping(_mapping(invoice.get("parent")).get("subscription_details"))
    return _id(details.get("subscription")) or _id(invoice.get("subscription"))


def _items(subscription: StripeJson) -> list[StripeJson]:
    return _list(subscription.get("items"))


def _list(value: Any) -> list[StripeJson]:
    """The members of a Stripe list object."""
    data = _mapping(value).get("data")
    return [one for one in data if isinstance(one, Mapping)] if isinstance(data, list) else []


def _mapping(value: Any) -> StripeJson:
    return value if isinstance(value, Mapping) else _NOTHING


def _id(value: Any) -> str:
    """The id of a reference, expanded or not."""
    if isinstance(value, Mapping):
        return _text(value, "id")
    return value if isinstance(value, str) else ""


def _text(value: StripeJson, field: str) -> str:
    found = value.get(field)
    return found if isinstance(found, str) and "\0" not in found else ""


def _number(value: Any) -> int:
    return value if isinstance(value, int) else 0


def _moment(value: Any) -> datetime | None:
    """Seconds since the epoch, as Stripe writes every time."""
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    try:
        return datetime.fromtimestamp(value, UTC)
    except (OverflowError, ValueError, OSError):
        return None
