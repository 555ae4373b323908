"""Everybody who is due for a check-in, by band (domain.md section 10), page by page."""

from __future__ import annotations

from datetime import UTC, timedelta

from protos.jobs.v1.payloads_pb2 import SweepCheckIns
from protos.profile.v1 import profile_pb2 as profile
from services.jobs.workflows import follow_ups
from services.jobs.workflows.context import Context
from services.jobs.workflows.outcome import Done, Outcome

EVERY = {
    profile.BurnoutBand.BURNOUT_BAND_SEVERE: timedelta(days=2),
    profile.BurnoutBand.BURNOUT_BAND_HIGH: timedelta(days=3),
    profile.BurnoutBand.BURNOUT_BAND_MODERATE: timedelta(weeks=1),
    profile.BurnoutBand.BURNOUT_BAND_MILD: timedelta(weeks=4),
}
"""How long a person of each band may be silent; a thriving one is left alone."""


async def run(sweep: SweepCheckIns, ctx: Context) -> Outcome:
    """Asks for a check-in with each; a key made of the silence itself asks for each one once."""
    now = ctx.clock.now()
    asked = 0
    for band, silence in EVERY.items():
        token = ""
        while True:
            page = await ctx.profile.due_for_check_in(band, now - silence, token)
            await ctx.enqueue(
                [
                    follow_ups.check_in(due.user_id, due.last_contact_time.ToDatetime(UTC))
                    for due in page.due_profiles
                ]
            )
            asked += len(page.due_profiles)
            token = page.next_page_token
            if not token:
                break
    return Done(f"{asked} due")
