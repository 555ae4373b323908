"""One run of a workflow: whatever happens to it is an outcome."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta

import grpc

from kit.logging import get_logger
from kit.refusals import refusal_of
from services.jobs.worker import metrics
from services.jobs.worker.held import Held
from services.jobs.worker.lease import Lease, moment
from services.jobs.workflows.outcome import Bury, Done, Later, Outcome, Retry

log = get_logger(__name__)

Run = Callable[[Lease], Awaitable[Outcome]]


async def outcome_of(held: Held, run: Run) -> Outcome | None:
    """What the workflow ended in; None where the claim was lost: nothing is left to settle."""
    job_type = held.lease.record.type
    metrics.CLAIM_TO_RUN_SECONDS.of(job_type).observe(moment() - held.lease.claimed_at)
    outcome: Outcome | None = None
    try:
        outcome = _checked(await run(held.lease))
    except asyncio.CancelledError:
        outcome = _after_cancellation(held)
    except grpc.aio.AioRpcError as error:
        refusal = refusal_of(error)
        log.warning("call_failed", domain=refusal.domain, reason=refusal.reason)
        outcome = Retry(f"{refusal.domain or 'GRPC'}_{refusal.reason}".upper())
    except Exception as error:
        log.error("workflow_failed", exc_info=error)
        outcome = Retry(type(error).__name__)
    finally:
        seconds = time.monotonic() - held.begun_at
        metrics.RUN_SECONDS.of(job_type, type(outcome).__name__).observe(seconds)
    return outcome


def _checked(outcome: object) -> Outcome:
    if not isinstance(outcome, Done | Later | Retry | Bury):
        raise TypeError("a workflow ended in something that is no outcome")
    return outcome


def _after_cancellation(held: Held) -> Outcome | None:
    """What to do about a workflow that was cancelled: by us, or by a call that broke off."""
    task = asyncio.current_task()
    cancelled = task.cancelling() if task is not None else 0
    if held.cut_off is None:
        if cancelled:  # the whole worker ends
            raise asyncio.CancelledError
        log.error("workflow_broke_off")
        return Retry("BROKE_OFF")
    if task is not None:
        task.uncancel()
    if cancelled > 1:
        raise asyncio.CancelledError
    if held.cut_off == "LEASE_LOST":
        metrics.LEASES_LOST.of().value += 1
        log.warning("lease_lost")
        return None
    if held.cut_off == "RUN_TIMEOUT":
        log.error("workflow_hung")
        return Retry(held.cut_off)
    return Later(timedelta(0), held.cut_off)
