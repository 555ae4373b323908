"""Events that Stripe could not deliver come back (design section 8)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from protos.billing.v1 import billing_pb2 as billing
from protos.jobs.v1.payloads_pb2 import ReconcileStripe
from services.jobs.workflows import follow_ups
from services.jobs.workflows.context import Context
from services.jobs.workflows.outcome import FollowUp, Outcome
from services.jobs.workflows.reconciling import reconcile


async def run(tick: ReconcileStripe, ctx: Context) -> Outcome:
    """Offers the queue what Stripe could not deliver; it keeps what it does not know."""

    async def undelivered(since: datetime, until: datetime) -> Sequence[FollowUp] | None:
        events: list[billing.StripeEvent] = []
        token = ""
        while True:
            page = await ctx.billing.undelivered(since, until, token)
            if page is None:
                return None
            events += page.events
            token = page.next_page_token
            if not token:
                return [follow_ups.stripe_event(event) for event in reversed(events)]

    return await reconcile("reconcile_stripe", undelivered, ctx)
