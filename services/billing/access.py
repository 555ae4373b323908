"""Who may use the line: the rules of access, as functions of what is mirrored and of the time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum, auto
from typing import Final

DEFAULT_GRACE: Final = timedelta(days=7)

ENDED: Final = frozenset({"canceled", "incomplete_expired"})
"""Of these nothing is left to pay, to mend or to cancel. In any other status, known to us or not,
the subscription is there (https://docs.stripe.com/api/subscriptions/object)."""

_NEVER: Final = datetime.min.replace(tzinfo=UTC)
_FOREVER: Final = datetime.max.replace(tzinfo=UTC)


class Reason(Enum):
    """Why access is or is not granted."""

    SUBSCRIBED = auto()
    GRACE = auto()
    PAID_PERIOD = auto()
    NO_SUBSCRIPTION = auto()
    PAST_DUE = auto()
    NOT_ACTIVE = auto()


@dataclass(frozen=True, slots=True)
class Access:
    """The answer. until: its end as known now, aware, UTC; None where it has none or is refused."""

    granted: bool
    reason: Reason
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Subscription:
    """A Stripe subscription, as far as access and operators need it. Times: aware, UTC.

    status: Stripe's own word, also one that is new to us.
    price_id: of its first item, "" where it has none.
    current_period_end: the latest over its items.
    cancel_time: when it ended, or is to end.
    paid_until: end of the last period that was paid and not refunded; read where it is canceled.
    unpaid_since: creation of its latest unpaid invoice; read where it is past due.
    """

    subscription_id: str
    status: str
    price_id: str = ""
    current_period_end: datetime | None = None
    trial_end: datetime | None = None
    cancel_time: datetime | None = None
    paid_until: datetime | None = None
    unpaid_since: datetime | None = None


def access_at(
    subscription: Subscription | None, at: datetime, grace: timedelta = DEFAULT_GRACE
) -> Access:
    """Access by this subscription at the moment `at`; periods are half open, [start, end).

    active and trialing: yes. past_due: yes for `grace` from the creation of the latest unpaid
    invoice. canceled: yes to the end of the last period paid and not refunded. Every other status,
    known (incomplete, incomplete_expired, unpaid, paused) or not: no.
    """
    if subscription is None:
        return Access(False, Reason.NO_SUBSCRIPTION)
    end = _end(subscription, grace)
    granted = at < end
    match subscription.status:
        case "active" | "trialing":
            cancel_time = subscription.cancel_time
            planned = cancel_time if cancel_time is not None and at < cancel_time else None
            return Access(True, Reason.SUBSCRIBED, planned)
        case "past_due":
            return Access(True, Reason.GRACE, end) if granted else Access(False, Reason.PAST_DUE)
        case "canceled" if granted:
            return Access(True, Reason.PAID_PERIOD, end)
    return Access(False, Reason.NOT_ACTIVE)


def best(
    subscriptions: Iterable[Subscription], at: datetime, grace: timedelta = DEFAULT_GRACE
) -> Subscription | None:
    """The one with the best access at `at`, then the latest period end; None for none.

    Best is what lasts longest as things stand, so whoever keeps this one alone answers for all of
    them at every later time too, until Stripe says something new.
    """
    return max(subscriptions, key=lambda one: standing(one, at, grace), default=None)


def standing(
    subscription: Subscription | None, at: datetime, grace: timedelta = DEFAULT_GRACE
) -> tuple[datetime, datetime, str]:
    """The order of `best`: greater is better; ids decide where nothing else does."""
    if subscription is None:
        return _NEVER, _NEVER, ""
    end = _end(subscription, grace)
    period_end = subscription.current_period_end or _NEVER
    return (end if at < end else _NEVER), period_end, subscription.subscription_id


def _end(subscription: Subscription, grace: timedelta) -> datetime:
    """When its access ends, if nothing new happens at Stripe."""
    match subscription.status:
        case "active" | "trialing":
            return _FOREVER
        case "past_due" if subscription.unpaid_since is not None:
            return subscription.unpaid_since + grace
        case "canceled" if subscription.paid_until is not None:
            return subscription.paid_until
    return _NEVER
