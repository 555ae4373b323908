"""Texts that we start: the gates at the moment of sending (domain.md section 10)."""

from __future__ import annotations

from datetime import UTC, timedelta

from protos.conversation.v1 import conversation_pb2 as conversation
from protos.identity.v1 import identity_pb2 as identity
from protos.profile.v1 import profile_pb2 as profile
from services.jobs.workflows.context import Context
from services.jobs.workflows.outcome import Later, Outcome
from services.jobs.workflows.quiet_hours import wait_for_window, zones_of
from services.jobs.workflows.sending import send

ONE_A_DAY = timedelta(hours=24)

PROACTIVE = conversation.MessageKind.MESSAGE_KIND_PROACTIVE


def until_window(person: identity.User, known: profile.Profile, ctx: Context) -> Later | None:
    """Deferral to the start of the window, None inside it."""
    zones = zones_of(person.phone_number, known.time_zone, ctx.rules.default_time_zones)
    wait = wait_for_window(ctx.clock.now(), zones)
    return Later(wait, "QUIET_HOURS") if wait else None


def until_tomorrow(known: profile.Profile, ctx: Context) -> Later | None:
    """Deferral until no text that we started went to the person for 24 hours, None where so."""
    if not known.HasField("last_proactive_time"):
        return None
    wait = known.last_proactive_time.ToDatetime(UTC) + ONE_A_DAY - ctx.clock.now()
    return Later(wait, "TEXTED_TODAY") if wait > timedelta(0) else None


def unreachable(person: identity.User, known: profile.Profile) -> str:
    """Why nothing is started to the person's number, "" where it takes texts as far as we know.

    The mark goes with their next text; one that is on its way counts already.
    """
    if not person.HasField("unreachable_time"):
        return ""
    wrote_since = known.HasField("last_inbound_time") and (
        known.last_inbound_time.ToDatetime(UTC) > person.unreachable_time.ToDatetime(UTC)
    )
    return "" if wrote_since else f"number unreachable: {person.unreachable_code}"


async def start_text(user_id: str, body: str, ctx: Context) -> Outcome:
    """Prepares a text under the job's key, counts it as the day's, and sends it."""
    message = await ctx.conversation.prepare(user_id, ctx.job.key, body, PROACTIVE)
    await ctx.profile.record_proactive(user_id, ctx.clock.now())
    return await send(user_id, message.message_id, ctx, validity=None)
