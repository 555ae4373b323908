"""Access that ends by time alone: no event tells of it.

Somebody canceled and what they paid for is used up, or the grace after a missed payment is over.
"""

from __future__ import annotations

from datetime import UTC, timedelta

from protos.billing.v1 import billing_pb2 as billing
from protos.jobs.v1.payloads_pb2 import RecordAccess
from services.jobs.workflows import follow_ups
from services.jobs.workflows.context import Context
from services.jobs.workflows.outcome import Done, FollowUp, Later, Outcome

SHORTLY = timedelta(seconds=1)
"""The least that a job waits whose moment the clock of billing has not seen yet."""


async def run(job: RecordAccess, ctx: Context) -> Outcome:
    """Tells profile what billing says now, and looks again when that is to end."""
    access = await ctx.billing.access(job.user_id)
    await ctx.profile.record_access(job.user_id, access.granted)
    again = at_its_end(access, job)
    if any(each.key == ctx.job.key for each in again):
        left = access.until_time.ToDatetime(UTC) - ctx.clock.now()
        return Later(max(left, SHORTLY), "ACCESS_ENDS_LATER")
    return Done("granted" if access.granted else "ended", again)


def at_its_end(access: billing.Access, job: RecordAccess) -> tuple[FollowUp, ...]:
    """The job that looks again when this access ends, if it does as things stand."""
    if not access.HasField("until_time"):
        return ()
    return (follow_ups.access_ends(job, access.until_time.ToDatetime(UTC)),)
