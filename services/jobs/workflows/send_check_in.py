"""A check-in with a person who burns out: every gate at the moment of sending."""

from __future__ import annotations

from datetime import UTC

from protos.jobs.v1.payloads_pb2 import SendCheckIn
from protos.profile.v1 import profile_pb2 as profile
from services.jobs.workflows.context import Context
from services.jobs.workflows.notices import CHECK_IN
from services.jobs.workflows.outcome import Done, Outcome
from services.jobs.workflows.proactive import start_text, texted_today, until_window
from services.jobs.workflows.sending import OPTED_OUT, send


async def run(job: SendCheckIn, ctx: Context) -> Outcome:
    """Sends it, unless anything has changed since the sweep asked for it."""
    prepared = await ctx.conversation.find_prepared(ctx.job.key)
    if prepared is not None:
        return await send(job.user_id, prepared.message_id, ctx, validity=None)
    known = await ctx.profile.get(job.user_id)
    person = await ctx.identity.find_user(job.user_id)
    if person is None or known.sms_consent == OPTED_OUT:
        return Done("no consent")
    if known.crisis_open:
        return Done("gives way to the crisis follow-ups")
    if _spoke_since(job, known) or texted_today(known, ctx):
        return Done("in touch since")
    if ctx.rules.gated and not (await ctx.billing.access(job.user_id)).granted:
        return Done("no access")
    return until_window(person, known, ctx) or await start_text(job.user_id, CHECK_IN, ctx)


def _spoke_since(job: SendCheckIn, known: profile.Profile) -> bool:
    last_contact = job.last_contact_time.ToDatetime(UTC)
    return any(
        known.HasField(field) and getattr(known, field).ToDatetime(UTC) > last_contact
        for field in ("last_inbound_time", "last_proactive_time")
    )
