"""A silent person is asked back, once for each stage: every gate at the moment of sending."""

from __future__ import annotations

from datetime import UTC

from protos.jobs.v1.payloads_pb2 import Reactivate
from protos.profile.v1 import profile_pb2 as profile
from services.jobs.workflows.context import Context
from services.jobs.workflows.holding import put_off_starting, until_released
from services.jobs.workflows.notices import REACTIVATIONS
from services.jobs.workflows.outcome import Bury, Done, Outcome
from services.jobs.workflows.proactive import (
    start_text,
    unreachable,
    until_tomorrow,
    until_window,
)
from services.jobs.workflows.sending import OPTED_OUT

PLANNED = profile.ReactivationState.REACTIVATION_STATE_PLANNED
SENT = profile.ReactivationState.REACTIVATION_STATE_SENT
SKIPPED = profile.ReactivationState.REACTIVATION_STATE_SKIPPED


async def run(job: Reactivate, ctx: Context) -> Outcome:
    """Sends it, unless anything has changed since it was planned; what is early is put off."""
    planned = await ctx.profile.reactivation(job.reactivation_id)
    if planned.user_id != job.user_id:
        return Bury("REACTIVATION_OF_ANOTHER_PERSON")
    if planned.state not in (PLANNED, SENT):
        return Done("not planned any more")
    known = await ctx.profile.get(job.user_id)
    person = await ctx.identity.find_user(job.user_id)
    if person is None or known.sms_consent == OPTED_OUT:
        return await _skip(job, "no consent", ctx)
    dead = unreachable(person, known)
    if dead:
        return await _skip(job, dead, ctx)
    if planned.state == PLANNED:
        objection = await _objection(planned, known, ctx)
        if objection:
            return await _skip(job, objection, ctx)
        early = put_off_starting(job, known, ctx) or until_tomorrow(known, ctx)
        if early is not None:
            return early
    # An attempt that failed is not made up for at night either, or while somebody is held.
    deferred = until_released(known, ctx) or until_window(person, known, ctx)
    if deferred is not None:
        return deferred
    await ctx.profile.record_reactivation(job.reactivation_id, SENT)
    return await start_text(job.user_id, REACTIVATIONS[planned.stage - 1], ctx)


async def _skip(job: Reactivate, why: str, ctx: Context) -> Outcome:
    await ctx.profile.record_reactivation(job.reactivation_id, SKIPPED)
    return Done(why)


async def _objection(planned: profile.Reactivation, known: profile.Profile, ctx: Context) -> str:
    """Why the text should not be started, "" where nothing speaks against it."""
    if known.crisis_open:
        return "gives way to the crisis follow-ups"
    silent_since = planned.silent_since_time.ToDatetime(UTC)
    if (
        known.HasField("last_inbound_time")
        and known.last_inbound_time.ToDatetime(UTC) > silent_since
    ):
        return "wrote since"
    if ctx.rules.gated and not (await ctx.billing.access(planned.user_id)).granted:
        return "no access"
    return ""
