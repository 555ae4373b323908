"""Questions that nobody answered for a day stop waiting, page by page."""

from __future__ import annotations

from protos.jobs.v1.payloads_pb2 import ExpireAssessments
from services.jobs.workflows.context import Context
from services.jobs.workflows.outcome import Done, Outcome

PAGE = 500


async def run(sweep: ExpireAssessments, ctx: Context) -> Outcome:
    """Ends every assessment whose question has waited too long."""
    expired = 0
    while True:
        ended = await ctx.profile.expire_assessments(PAGE)
        expired += ended
        if ended < PAGE:
            return Done(f"{expired} expired")
