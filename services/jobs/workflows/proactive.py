"""Texts that we start: the gates at the moment of sending (domain.md section 10).

Each attempt asks every gate anew. A text counts, as the day's or as a stage's, once the provider
has it: one that never left keeps no other back.
"""

from __future__ import annotations

from datetime import UTC, timedelta

from protos.conversation.v1 import conversation_pb2 as conversation
from protos.identity.v1 import identity_pb2 as identity
from protos.jobs.v1.payloads_pb2 import Reactivate, SendCheckIn
from protos.profile.v1 import profile_pb2 as profile
from services.jobs.workflows import follow_ups
from services.jobs.workflows.context import Context
from services.jobs.workflows.holding import HELD
from services.jobs.workflows.outcome import Done, Later, Outcome
from services.jobs.workflows.quiet_hours import wait_for_window, zones_of
from services.jobs.workflows.sending import OPTED_OUT, SENDING, WITHHELD_STATE, send, withhold

ONE_A_DAY = timedelta(hours=24)

PROACTIVE = conversation.MessageKind.MESSAGE_KIND_PROACTIVE

_OURS_TO_DECIDE = frozenset(
    {conversation.MessageState.MESSAGE_STATE_PREPARED, SENDING, WITHHELD_STATE}
)

ClosedGate = Done | Later
"""Why a text is not sent: for good, or for now. Its words, or its reason, name the gate."""


NOBODY = Done("no such person")


def out_of_reach(person: identity.User, known: profile.Profile) -> Done | None:
    """Why nothing at all is started to this person, None where they can be texted."""
    if known.sms_consent == OPTED_OUT:
        return Done("no consent")
    dead = unreachable(person, known)
    return Done(dead) if dead else None


async def not_now(known: profile.Profile, ctx: Context) -> Done | None:
    """Why nothing is started but what was promised, None where nothing speaks against it."""
    if known.crisis_open:
        return Done("gives way to a crisis")
    if ctx.rules.gated and not (await ctx.billing.access(known.user_id)).granted:
        return Done("no access")
    return None


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
    """Prepares a text under the job's key and sends it. Whether it left says `has_left`."""
    message = await ctx.conversation.prepare(user_id, ctx.job.key, body, PROACTIVE)
    return await send(user_id, message.message_id, ctx, validity=None)


def is_over(text: conversation.Message | None) -> bool:
    """Whether the provider has decided about the job's text, in an earlier attempt of this job."""
    return text is not None and text.state not in _OURS_TO_DECIDE


def was_withheld(text: conversation.Message | None) -> Later | None:
    """An earlier attempt withheld the job's text and did not get to ask for another."""
    if text is None or text.state != WITHHELD_STATE:
        return None
    return Later(timedelta(0), text.error_code)


async def has_left(user_id: str, ctx: Context) -> bool:
    """Whether the provider has the job's text; then it is counted as the day's, from now on."""
    text = await ctx.conversation.find_prepared(ctx.job.key)
    if text is None or not text.provider_sid:
        return False
    await ctx.profile.record_proactive(user_id, ctx.clock.now())
    return True


async def stop(text: conversation.Message | None, gate: ClosedGate, ctx: Context) -> Outcome:
    """Ends an attempt at a closed gate: what is prepared is not sent, and the ledger says why.

    Later where it is not yet clear whether the provider has it; "found at the provider" where so.
    """
    if text is not None:
        withheld = await withhold(text, _name_of(gate), ctx)
        if isinstance(withheld, Later):
            return withheld
        if not withheld:
            return Done("found at the provider")
    return gate


async def stop_or_put_off(
    job: SendCheckIn | Reactivate, text: conversation.Message | None, gate: ClosedGate, ctx: Context
) -> Outcome:
    """The same; where the gate is closed for now, the text is asked for again.

    By another job where something is prepared, since by then its question may be another one or
    make no sense; and after a hold, which may last longer than a job lives.
    """
    stopped = await stop(text, gate, ctx)
    if stopped is not gate or isinstance(gate, Done):
        return stopped
    if text is None and gate.reason != HELD:
        return gate
    again = follow_ups.start_later(ctx.job.key, job, ctx.clock.now() + gate.delay)
    return Done(gate.reason.lower().replace("_", " "), (again,))


def _name_of(gate: ClosedGate) -> str:
    """UPPER_SNAKE, for the ledger."""
    words = gate.result if isinstance(gate, Done) else gate.reason
    return words.partition(":")[0].upper().replace(" ", "_")
