"""What time does to people: phases end, and texts that ask silent ones back are planned."""

from __future__ import annotations

from protos.jobs.v1.payloads_pb2 import AdvanceJourneys
from services.jobs.workflows.context import Context
from services.jobs.workflows.outcome import Done, Outcome

PAGE = 500


async def run(sweep: AdvanceJourneys, ctx: Context) -> Outcome:
    """Looks at everybody for whom something may be due, page by page."""
    looked_at = moved = 0
    while True:
        advanced = await ctx.profile.advance_journeys(PAGE)
        looked_at += advanced.looked_at_count
        moved += advanced.moved_count
        if advanced.looked_at_count < PAGE:
            return Done(f"{moved} of {looked_at} moved")
