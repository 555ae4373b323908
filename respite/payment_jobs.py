"""What follows a change at Stripe, for the queue: journeys, and the one welcome."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from protos.billing.v1 import billing_pb2 as billing
from protos.jobs.v1 import jobs_pb2 as jobs
from protos.jobs.v1.payloads_pb2 import JobPayload, ProcessStripeEvent
from respite.payments_report import Report
from respite.services import Services

JOBS_AT_ONCE: Final = 1_000
"""The most that EnqueueJobs takes."""

QUEUE_SECONDS: Final = 30.0
"""For a call of so many; an operator's are stored one after another."""


def queue(
    services: Services, changes: Sequence[billing.StripeChange], since: datetime, report: Report
) -> None:
    """Offers a job for each of them, and counts; one that is refused keeps no other from it.

    since: the moment of the backup. Raises CallFailed.
    """
    for start in range(0, len(changes), JOBS_AT_ONCE):
        page = changes[start : start + JOBS_AT_ONCE]
        offered = [_job(change, since, by_event=report.by_events) for change in page]
        request = jobs.EnqueueJobsRequest(jobs=offered)
        answer = services.jobs.EnqueueJobs(request, timeout=QUEUE_SECONDS)
        for change, result in zip(page, answer.results, strict=True):
            if result.HasField("error"):
                refusal = result.error
                report.refused[change.change_id] = f"jobs: {refusal.reason}: {refusal.message}"
            else:
                report.queued += result.job.created
                report.known += not result.job.created


def _job(change: billing.StripeChange, since: datetime, *, by_event: bool) -> jobs.NewJob:
    """Of an event under the key of its webhook; of an object once for the moment of the backup."""
    payload = ProcessStripeEvent(
        event_id=change.change_id,
        event_type=change.change_type,
        stripe_customer_id=change.stripe_customer_id,
        user_id=change.user_id,
        phone_number=change.phone_number,
        stripe_charge_id=change.stripe_charge_id,
    )
    key = f"stripe:{change.change_id}"
    if not by_event:
        key = f"stripe-since:{since.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}:{change.change_id}"
    return jobs.NewJob(key=key, payload=JobPayload(process_stripe_event=payload))
