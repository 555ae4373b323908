"""We ask a person how they are after a crisis. Consent and quiet hours; no access, no one-a-day.

An operator's hold does not hold it back: it was promised when somebody was in danger, and whoever
has taken over ends it by closing the crisis.
"""

from __future__ import annotations

from protos.jobs.v1.payloads_pb2 import FollowUpCrisis
from protos.profile.v1 import profile_pb2 as profile
from services.jobs.workflows.context import Context
from services.jobs.workflows.notices import CRISIS_FOLLOW_UP
from services.jobs.workflows.outcome import Bury, Done, Outcome
from services.jobs.workflows.proactive import start_text, unreachable, until_window
from services.jobs.workflows.sending import OPTED_OUT

PLANNED = profile.FollowUpState.FOLLOW_UP_STATE_PLANNED
SENT = profile.FollowUpState.FOLLOW_UP_STATE_SENT
SKIPPED = profile.FollowUpState.FOLLOW_UP_STATE_SKIPPED


async def run(job: FollowUpCrisis, ctx: Context) -> Outcome:
    """Re-checks everything, then sends the text, once for its stage."""
    follow_up = await ctx.profile.crisis_follow_up(job.follow_up_id)
    if follow_up.user_id != job.user_id:
        return Bury("FOLLOW_UP_OF_ANOTHER_PERSON")
    if follow_up.state not in (PLANNED, SENT):
        return Done("not planned any more")
    known = await ctx.profile.get(job.user_id)
    person = await ctx.identity.find_user(job.user_id)
    if person is None or known.sms_consent == OPTED_OUT:
        return await _skip(job, "skipped", ctx)
    dead = unreachable(person, known)
    if dead:
        return await _skip(job, dead, ctx)
    # A repeat of this very job, which finds it marked as sent, is not made up for at night either.
    deferred = until_window(person, known, ctx)
    if deferred is not None:
        return deferred
    await ctx.profile.record_follow_up(job.follow_up_id, SENT)
    return await start_text(job.user_id, CRISIS_FOLLOW_UP, ctx)


async def _skip(job: FollowUpCrisis, why: str, ctx: Context) -> Outcome:
    await ctx.profile.record_follow_up(job.follow_up_id, SKIPPED)
    return Done(why)
