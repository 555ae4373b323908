"""Everybody who is due for a check-in, by band (domain.md section 10), page by page.

Being due is counted in intervals of silence: each one asks for a person once, however often the
sweep runs in it, and one after an outage asks for the present interval, not for those missed.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from protos.jobs.v1.payloads_pb2 import SweepCheckIns
from protos.profile.v1 import profile_pb2 as profile
from services.jobs.workflows import follow_ups
from services.jobs.workflows.check_ins import EVERY
from services.jobs.workflows.context import Context
from services.jobs.workflows.outcome import Done, FollowUp, Outcome


async def run(sweep: SweepCheckIns, ctx: Context) -> Outcome:
    """Asks for a check-in with each, under a key of the silence and of how often it was due."""
    now = ctx.clock.now()
    asked = 0
    for band, silence in EVERY.items():
        token = ""
        while True:
            page = await ctx.profile.due_for_check_in(band, now - silence, token)
            await ctx.enqueue([_check_in(due, now, silence) for due in page.due_profiles])
            asked += len(page.due_profiles)
            token = page.next_page_token
            if not token:
                break
    return Done(f"{asked} due")


def _check_in(due: profile.DueProfile, now: datetime, silence: timedelta) -> FollowUp:
    last_contact = due.last_contact_time.ToDatetime(UTC)
    return follow_ups.check_in(due.user_id, last_contact, (now - last_contact) // silence)
