"""A person is removed from everything that we hold (domain.md section 12).

Each stage is a job of its own that enqueues the next one as it ends, so an erasure that is killed
goes on where it was; every step within a stage is safe to repeat.
"""

from __future__ import annotations

from datetime import UTC, timedelta

from kit.ids import parse_uuid
from kit.logging import get_logger
from kit.refusals import InvalidArgument
from protos.identity.v1 import identity_pb2 as identity
from protos.jobs.v1 import payloads_pb2 as payloads
from protos.jobs.v1.payloads_pb2 import EraseUser, ErasureStage
from protos.profile.v1 import profile_pb2 as profile
from services.jobs.job_type import LONGEST_LEASE
from services.jobs.workflows import follow_ups
from services.jobs.workflows.context import Context
from services.jobs.workflows.notices import GOODBYE
from services.jobs.workflows.outcome import Bury, Done, Later, Outcome

log = get_logger(__name__)

LOOK_AGAIN_AFTER = timedelta(seconds=31)
"""Longer than the lane is held for a job that waits."""

MEANWHILE_ENDS_WITHIN = timedelta(seconds=2)
"""Most of what came up since the stop, the end of the subscription say. A reply that waits for the
provider takes longer, and each look goes through all jobs."""

SECOND_PASS_AFTER = timedelta(hours=1)
"""By then whatever was under way has ended."""

OPTED_OUT = profile.SmsConsent.SMS_CONSENT_OPTED_OUT


async def run(job: EraseUser, ctx: Context) -> Outcome:
    """One stage."""
    try:
        parse_uuid(job.user_id, "user_id")
    except InvalidArgument:
        return Bury("NOT_A_USER_ID")
    match job.stage:
        case ErasureStage.ERASURE_STAGE_UNSPECIFIED | ErasureStage.ERASURE_STAGE_STOP:
            return await _stop(job, ctx)
        case ErasureStage.ERASURE_STAGE_SUBSCRIPTIONS:
            return await _subscriptions(job, ctx)
        case ErasureStage.ERASURE_STAGE_GOODBYE:
            return await _goodbye(job, ctx)
        case ErasureStage.ERASURE_STAGE_DELETE:
            return await _delete(job, ctx)
        case ErasureStage.ERASURE_STAGE_SECOND_PASS:
            await _delete_data(job, "", ctx)
            return Done("erased")
        case _:
            return Bury("UNKNOWN_STAGE")


async def _stop(job: EraseUser, ctx: Context) -> Outcome:
    """Marks the person, cancels their jobs, and waits until none can run any more."""
    person = await ctx.identity.begin_erasure(job.user_id)
    number = person.phone_number if person else ""
    erased = await ctx.erase_jobs(job.user_id, number, job.stripe_customer_ids)
    left = _wait(person, ctx)
    if left > timedelta(0):
        return Later(max(left, LOOK_AGAIN_AFTER), "LEASES_RUN_OUT")
    if erased.running:
        return Later(LOOK_AGAIN_AFTER, "JOBS_STILL_RUN")
    return _next(job, "stopped", ErasureStage.ERASURE_STAGE_SUBSCRIPTIONS)


def _wait(person: identity.User | None, ctx: Context) -> timedelta:
    """How long somebody who took a job before the mark may still be at it."""
    if person is None:
        return timedelta(0)
    return person.erasing_time.ToDatetime(UTC) + LONGEST_LEASE - ctx.clock.now()


async def _subscriptions(job: EraseUser, ctx: Context) -> Outcome:
    """Nobody pays for what has ended. Whose customers they are is unknown after the deletion."""
    customers = await ctx.billing.cancel_subscriptions(job.user_id)
    return _next(job, "canceled", ErasureStage.ERASURE_STAGE_GOODBYE, customers=customers)


async def _goodbye(job: EraseUser, ctx: Context) -> Outcome:
    """One last text, without ledger: no second run, which might be a second text."""
    opted_out = (await ctx.profile.get(job.user_id)).sms_consent == OPTED_OUT
    person = await ctx.identity.begin_erasure(job.user_id)
    opted_out = opted_out or bool(person and person.suppressed)
    if person is not None and not opted_out and not ctx.job.repeated:
        said = await ctx.carrier.send(person.phone_number, GOODBYE)
        log.info("goodbye", outcome=type(said).__name__)
    return _next(job, "goodbye", ErasureStage.ERASURE_STAGE_DELETE, opted_out=opted_out)


async def _delete(job: EraseUser, ctx: Context) -> Outcome:
    """Everything, identity last: only it knows the number by which jobs are found, so a crisis text
    that came meanwhile has its reply before."""
    person = await ctx.identity.begin_erasure(job.user_id)
    number = person.phone_number if person else ""
    erased = await ctx.erase_jobs(job.user_id, number, job.stripe_customer_ids)
    if erased.running:
        soon = MEANWHILE_ENDS_WITHIN if not ctx.job.repeated else LOOK_AGAIN_AFTER
        return Later(soon, "JOBS_STILL_RUN")
    await _delete_data(job, number, ctx)
    await ctx.identity.delete_user(job.user_id, suppress_number=job.opted_out)
    again = ctx.clock.now() + SECOND_PASS_AFTER
    second = follow_ups.erasure(job, ErasureStage.ERASURE_STAGE_SECOND_PASS, again)
    return Done("deleted", (second,))


async def _delete_data(job: EraseUser, number: str, ctx: Context) -> None:
    await ctx.profile.delete(job.user_id)
    await ctx.conversation.delete(job.user_id)
    await ctx.billing.delete(job.user_id)
    await ctx.erase_jobs(job.user_id, number, job.stripe_customer_ids)


def _next(
    job: EraseUser,
    result: str,
    stage: ErasureStage.ValueType,
    *,
    customers: list[str] | None = None,
    opted_out: bool = False,
) -> Done:
    learnt = payloads.EraseUser(
        user_id=job.user_id,
        stripe_customer_ids=customers or job.stripe_customer_ids,
        opted_out=opted_out or job.opted_out,
    )
    return Done(result, (follow_ups.erasure(learnt, stage),))
