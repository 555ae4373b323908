"""A silent person is asked back, once for each stage: every gate at the moment of sending, at each
attempt."""

from __future__ import annotations

from datetime import UTC

from protos.jobs.v1.payloads_pb2 import Reactivate
from protos.profile.v1 import profile_pb2 as profile
from services.jobs.workflows.context import Context
from services.jobs.workflows.holding import until_released
from services.jobs.workflows.notices import REACTIVATIONS
from services.jobs.workflows.outcome import Bury, Done, Later, Outcome
from services.jobs.workflows.proactive import (
    NOBODY,
    ClosedGate,
    has_left,
    is_over,
    not_now,
    out_of_reach,
    start_text,
    stop_or_put_off,
    until_tomorrow,
    until_window,
    was_withheld,
)

PLANNED = profile.ReactivationState.REACTIVATION_STATE_PLANNED
SENT = profile.ReactivationState.REACTIVATION_STATE_SENT
SKIPPED = profile.ReactivationState.REACTIVATION_STATE_SKIPPED


async def run(job: Reactivate, ctx: Context) -> Outcome:
    """Sends it, unless anything has changed since it was planned; what is early is put off."""
    planned = await ctx.profile.reactivation(job.reactivation_id)
    if planned.user_id != job.user_id:
        return Bury("REACTIVATION_OF_ANOTHER_PERSON")
    text = await ctx.conversation.find_prepared(ctx.job.key)
    if planned.state != PLANNED and text is None:
        return Done("not planned any more")
    gate = None
    if is_over(text):
        outcome: Outcome = Done("settled before")
    elif (gate := await _closed_gate(planned, ctx) or was_withheld(text)) is not None:
        outcome = await stop_or_put_off(job, text, gate, ctx)
    else:
        outcome = await start_text(job.user_id, REACTIVATIONS[planned.stage - 1], ctx)
    if isinstance(outcome, Done):
        if await has_left(job.user_id, ctx):
            await ctx.profile.record_reactivation(job.reactivation_id, SENT)
        elif not isinstance(gate, Later):
            await ctx.profile.record_reactivation(job.reactivation_id, SKIPPED)
    return outcome


async def _closed_gate(planned: profile.Reactivation, ctx: Context) -> ClosedGate | None:
    """The first gate that is closed: those that stay closed before those that open again."""
    known = await ctx.profile.get(planned.user_id)
    person = await ctx.identity.find_user(planned.user_id)
    if person is None:
        return NOBODY
    return (
        out_of_reach(person, known)
        or _answered(planned, known)
        or await not_now(known, ctx)
        or until_released(known, ctx)
        or until_tomorrow(known, ctx)
        or until_window(person, known, ctx)
    )


def _answered(planned: profile.Reactivation, known: profile.Profile) -> Done | None:
    """Whether the silence has ended."""
    if not known.HasField("last_inbound_time"):
        return None
    silent_since = planned.silent_since_time.ToDatetime(UTC)
    wrote_since = known.last_inbound_time.ToDatetime(UTC) > silent_since
    return Done("wrote since") if wrote_since else None
