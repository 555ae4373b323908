"""We ask a person how they are after a crisis. Consent and quiet hours; no access, no one-a-day.

An operator's hold does not hold it back: it was promised when somebody was in danger, and whoever
has taken over ends it by closing the crisis.
"""

from __future__ import annotations

from protos.jobs.v1.payloads_pb2 import FollowUpCrisis
from protos.profile.v1 import profile_pb2 as profile
from services.jobs.workflows.context import Context
from services.jobs.workflows.notices import CRISIS_FOLLOW_UP
from services.jobs.workflows.outcome import Bury, Done, Later, Outcome
from services.jobs.workflows.proactive import (
    NOBODY,
    ClosedGate,
    has_left,
    is_over,
    out_of_reach,
    start_text,
    stop,
    until_window,
)

PLANNED = profile.FollowUpState.FOLLOW_UP_STATE_PLANNED
SENT = profile.FollowUpState.FOLLOW_UP_STATE_SENT
SKIPPED = profile.FollowUpState.FOLLOW_UP_STATE_SKIPPED


async def run(job: FollowUpCrisis, ctx: Context) -> Outcome:
    """Re-checks everything, then sends the text, once for its stage."""
    follow_up = await ctx.profile.crisis_follow_up(job.follow_up_id)
    if follow_up.user_id != job.user_id:
        return Bury("FOLLOW_UP_OF_ANOTHER_PERSON")
    text = await ctx.conversation.find_prepared(ctx.job.key)
    if is_over(text):
        outcome: Outcome = Done("settled before")
    elif (gate := await _closed_gate(follow_up, ctx)) is None:
        outcome = await start_text(job.user_id, CRISIS_FOLLOW_UP, ctx)
    elif isinstance(gate, Later):
        return gate  # the words are the same in the morning
    else:
        outcome = await stop(text, gate, ctx)
    if isinstance(outcome, Done):
        became = SENT if await has_left(job.user_id, ctx) else SKIPPED
        await ctx.profile.record_follow_up(job.follow_up_id, became)
    return outcome


async def _closed_gate(follow_up: profile.CrisisFollowUp, ctx: Context) -> ClosedGate | None:
    """The first gate that is closed: those that stay closed before the one that opens again."""
    if follow_up.state not in (PLANNED, SENT):
        return Done("not planned any more")
    known = await ctx.profile.get(follow_up.user_id)
    person = await ctx.identity.find_user(follow_up.user_id)
    if person is None:
        return NOBODY
    return out_of_reach(person, known) or until_window(person, known, ctx)
