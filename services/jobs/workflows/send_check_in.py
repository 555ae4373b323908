"""A check-in with a person who burns out, or for whom an operator asks: every gate at the moment of
sending."""

from __future__ import annotations

from datetime import UTC, datetime

from protos.jobs.v1.payloads_pb2 import SendCheckIn
from protos.profile.v1 import profile_pb2 as profile
from services.jobs.workflows.check_ins import due_after
from services.jobs.workflows.context import Context
from services.jobs.workflows.holding import put_off_starting, until_released
from services.jobs.workflows.notices import check_in
from services.jobs.workflows.outcome import Done, Outcome
from services.jobs.workflows.proactive import (
    start_text,
    unreachable,
    until_tomorrow,
    until_window,
)
from services.jobs.workflows.sending import OPTED_OUT


async def run(job: SendCheckIn, ctx: Context) -> Outcome:
    """Sends it, unless anything has changed since the sweep or an operator asked for it."""
    known = await ctx.profile.get(job.user_id)
    person = await ctx.identity.find_user(job.user_id)
    if person is None or known.sms_consent == OPTED_OUT:
        return Done("no consent")
    dead = unreachable(person, known)
    if dead:
        return Done(dead)
    if await ctx.conversation.find_prepared(ctx.job.key) is None:
        objection = await _objection(job, known, ctx)
        if objection:
            return Done(objection)
        held = put_off_starting(job, known, ctx)
        if held is None and job.requested:
            held = until_tomorrow(known, ctx)
    else:
        held = until_released(known, ctx)
    # An attempt that failed is not made up for at night either.
    return held or until_window(person, known, ctx) or await _ask(job.user_id, ctx)


async def _ask(user_id: str, ctx: Context) -> Outcome:
    """Sends the first question of the questionnaire that is due.

    The assessment is what makes two check-ins of one silence impossible: at most one of a person
    runs, and only the job that started it has something to ask.
    """
    begun = await ctx.profile.start_assessment(user_id, ctx.job.key)
    if not begun.started:
        return Done("asked already")
    assessment = begun.assessment
    body = check_in(assessment.question.text, assessment.question_count)
    return await start_text(user_id, body, ctx)


async def _objection(job: SendCheckIn, known: profile.Profile, ctx: Context) -> str:
    """Why the text should not be started, "" where nothing speaks against it."""
    objection = _unwanted(known) if job.requested else _untimely(job, known, ctx)
    if objection:
        return objection
    if known.crisis_open:
        return "gives way to the crisis follow-ups"
    if ctx.rules.gated and not (await ctx.billing.access(job.user_id)).granted:
        return "no access"
    return ""


def _unwanted(known: profile.Profile) -> str:
    """Why a check-in that an operator asks for is not sent: the person may have had enough."""
    wants_none = profile.CheckInPreference.CHECK_IN_PREFERENCE_NONE
    return "wants none" if known.check_in_preference == wants_none else ""


def _untimely(job: SendCheckIn, known: profile.Profile, ctx: Context) -> str:
    """Why one that the sweep asked for is not due now, or not any more."""
    due_after_silence = due_after(known)
    last_contact = job.last_contact_time.ToDatetime(UTC)
    if due_after_silence is None or ctx.clock.now() - last_contact < due_after_silence:
        return "not due"
    # Since the silence is longer than a day, this holds back a second text of ours in a day too.
    return "in touch since" if _spoke_since(last_contact, known) else ""


def _spoke_since(last_contact: datetime, known: profile.Profile) -> bool:
    return any(
        known.HasField(field) and getattr(known, field).ToDatetime(UTC) > last_contact
        for field in ("last_inbound_time", "last_proactive_time")
    )
