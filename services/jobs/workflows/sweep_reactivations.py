"""Every planned text that asks somebody back gets its job, page by page.

A key made of the plan's id asks for each once, however often the sweep finds it.
"""

from __future__ import annotations

from protos.jobs.v1.payloads_pb2 import SweepReactivations
from services.jobs.workflows import follow_ups
from services.jobs.workflows.context import Context
from services.jobs.workflows.outcome import Done, Outcome


async def run(sweep: SweepReactivations, ctx: Context) -> Outcome:
    """Asks for each that waits to be sent."""
    asked = 0
    token = ""
    while True:
        page = await ctx.profile.planned_reactivations(token)
        await ctx.enqueue(
            [
                follow_ups.reactivation(each.reactivation_id, each.user_id)
                for each in page.reactivations
            ]
        )
        asked += len(page.reactivations)
        token = page.next_page_token
        if not token:
            return Done(f"{asked} planned")
