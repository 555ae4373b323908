"""A check-in with a person who burns out, or for whom an operator asks: every gate at the moment of
sending, at each attempt."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from protos.conversation.v1 import conversation_pb2 as conversation
from protos.jobs.v1.payloads_pb2 import SendCheckIn
from protos.profile.v1 import profile_pb2 as profile
from services.jobs.workflows.check_ins import due_after
from services.jobs.workflows.context import Context
from services.jobs.workflows.holding import until_released
from services.jobs.workflows.notices import check_in
from services.jobs.workflows.outcome import Done, Later, Outcome
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

EXPIRED = profile.AssessmentState.ASSESSMENT_STATE_EXPIRED


async def run(job: SendCheckIn, ctx: Context) -> Outcome:
    """Sends it, unless anything has changed since the sweep or an operator asked for it.

    A question that never left is none that was asked: its assessment is taken back.
    """
    text = await ctx.conversation.find_prepared(ctx.job.key)
    outcome = await _attempt(job, text, ctx)
    if isinstance(outcome, Done) and not await has_left(job.user_id, ctx):
        await ctx.profile.withdraw_assessment(job.user_id, ctx.job.key)
    return outcome


async def _attempt(job: SendCheckIn, text: conversation.Message | None, ctx: Context) -> Outcome:
    if is_over(text):
        return Done("settled before")
    gate = await _closed_gate(job, ctx) or was_withheld(text)
    if gate is not None:
        return await stop_or_put_off(job, text, gate, ctx)
    return await _ask(job, text, ctx)


async def _ask(job: SendCheckIn, text: conversation.Message | None, ctx: Context) -> Outcome:
    """Sends the first question of the questionnaire that is due.

    The assessment is what makes two check-ins of one silence impossible: at most one of a person
    runs, and only the job that started it has something to ask, as long as nobody replied to it.
    """
    begun = await ctx.profile.start_assessment(job.user_id, ctx.job.key)
    assessment = begun.assessment
    expired = begun.started and assessment.state == EXPIRED
    # What was prepared may have left: whether it did is clear before anything is taken back.
    if expired and (text or await ctx.profile.withdraw_assessment(job.user_id, ctx.job.key)):
        return await stop_or_put_off(job, text, Later(timedelta(0), "STALE"), ctx)
    if not begun.started or assessment.question.number != 1:
        return await stop_or_put_off(job, text, Done("asked already"), ctx)
    body = check_in(assessment.question.text, assessment.question_count)
    return await start_text(job.user_id, body, ctx)


async def _closed_gate(job: SendCheckIn, ctx: Context) -> ClosedGate | None:
    """The first gate that is closed: those that stay closed before those that open again."""
    known = await ctx.profile.get(job.user_id)
    person = await ctx.identity.find_user(job.user_id)
    if person is None:
        return NOBODY
    return (
        out_of_reach(person, known)
        or (_unwanted(known) if job.requested else _untimely(job, known, ctx))
        or await not_now(known, ctx)
        or until_released(known, ctx)
        or (until_tomorrow(known, ctx) if job.requested else None)
        or until_window(person, known, ctx)
    )


def _unwanted(known: profile.Profile) -> Done | None:
    """Why a check-in that an operator asks for is not sent: the person may have had enough."""
    wants_none = profile.CheckInPreference.CHECK_IN_PREFERENCE_NONE
    return Done("wants none") if known.check_in_preference == wants_none else None


def _untimely(job: SendCheckIn, known: profile.Profile, ctx: Context) -> Done | None:
    """Why one that the sweep asked for is not due now, or not any more."""
    due_after_silence = due_after(known)
    last_contact = job.last_contact_time.ToDatetime(UTC)
    if due_after_silence is None or ctx.clock.now() - last_contact < due_after_silence:
        return Done("not due")
    # Since the silence is longer than a day, this holds back a second text of ours in a day too.
    return Done("in touch since") if _spoke_since(last_contact, known) else None


def _spoke_since(last_contact: datetime, known: profile.Profile) -> bool:
    return any(
        known.HasField(field) and getattr(known, field).ToDatetime(UTC) > last_contact
        for field in ("last_inbound_time", "last_proactive_time")
    )
