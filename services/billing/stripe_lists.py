"""Stripe's lists of what happened and of what there is, page by page, newest first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Literal

import stripe

from kit.stripe_event import HANDLED
from services.billing.events import Event, event_of, object_of
from services.billing.mirror import StripeJson

if TYPE_CHECKING:
    from stripe.params import EventListParams, SubscriptionListParams
    from stripe.params.checkout import SessionListParams

Page = tuple[list[Event], str | None]
"""What could be read of a page, and the id after which the next one begins, None on the last."""

_COMPLETE: Final = "complete"


@dataclass(frozen=True, slots=True)
class Span:
    """From `start` until before `end`, to the second; None for no bound."""

    start: datetime | None = None
    end: datetime | None = None

    @property
    def created(self) -> dict[Literal["gte", "lt"], int]:
        """As Stripe's lists are narrowed."""
        bounds: dict[Literal["gte", "lt"], int] = {}
        if self.start is not None:
            bounds["gte"] = int(self.start.timestamp())
        if self.end is not None:
            bounds["lt"] = int(self.end.timestamp())
        return bounds


def events(
    client: stripe.StripeClient,
    span: Span,
    size: int,
    after: str | None,
    *,
    undelivered: bool = False,
) -> Page:
    """Events of the types that we handle, of the 30 days for which Stripe keeps them.

    undelivered: only those that some endpoint did not take. https://docs.stripe.com/api/events/list
    """
    params: EventListParams = {"types": sorted(HANDLED), "limit": size}
    if undelivered:
        params["delivery_success"] = False
    if span.created:
        params["created"] = span.created  # type: ignore[typeddict-item]  # the keys are theirs
    if after is not None:
        params["starting_after"] = after
    return _page(client.v1.events.list(params), event_of)


def subscriptions(client: stripe.StripeClient, size: int, after: str | None) -> Page:
    """All subscriptions, those of deleted customers too; nothing says when one last changed.

    https://docs.stripe.com/api/subscriptions/list
    """
    params: SubscriptionListParams = {"status": "all", "limit": size}
    if after is not None:
        params["starting_after"] = after
    return _page(client.v1.subscriptions.list(params), object_of)


def checkout_sessions(
    client: stripe.StripeClient, span: Span, size: int, after: str | None
) -> Page:
    """Checkout sessions that were completed. https://docs.stripe.com/api/checkout/sessions/list"""
    params: SessionListParams = {"status": _COMPLETE, "limit": size}
    if span.created:
        params["created"] = span.created  # type: ignore[typeddict-item]  # the keys are theirs
    if after is not None:
        params["starting_after"] = after
    return _page(client.v1.checkout.sessions.list(params), object_of)


def _page(listed: Any, read: Callable[[StripeJson], Event | None]) -> Page:
    found = [read(one.to_dict()) for one in listed.data]
    following = listed.data[-1].id if listed.has_more and listed.data else None
    return [one for one in found if one is not None], following
