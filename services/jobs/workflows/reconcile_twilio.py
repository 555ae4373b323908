"""Texts that the provider received for us and could not tell us of come back (design section 8)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from protos.jobs.v1.payloads_pb2 import ReconcileTwilio
from services.jobs.workflows import follow_ups
from services.jobs.workflows.context import Context
from services.jobs.workflows.outcome import FollowUp, Outcome
from services.jobs.workflows.reconciling import reconcile


async def run(tick: ReconcileTwilio, ctx: Context) -> Outcome:
    """Offers the queue what the provider received; it keeps what it does not know."""

    async def received(since: datetime, until: datetime) -> Sequence[FollowUp] | None:
        texts = await ctx.carrier.list_received(since, until)
        return None if texts is None else [follow_ups.inbound_text(text) for text in texts]

    return await reconcile("reconcile_twilio", received, ctx)
