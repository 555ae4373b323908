"""What a job looks like in a trace.

Attributes by https://opentelemetry.io/docs/specs/semconv/messaging/; the queue is the type.
"""

from __future__ import annotations

from contextlib import AbstractContextManager

from kit import tracing
from kit.span import Span, Value
from protos.jobs.v1.jobs_pb2 import ClaimedJob


def job_span(claimed: ClaimedJob) -> AbstractContextManager[Span]:
    """One attempt, from the start of its workflow to its end: below whatever asked for the job, or
    at the beginning of a trace where nobody did but the clock."""
    if not tracing.is_on():
        return tracing.NOTHING
    job = claimed.job
    attributes: dict[str, Value] = {
        "messaging.system": "respite",
        "messaging.operation.type": "process",
        "messaging.destination.name": job.type,
        "messaging.message.id": str(job.job_id),
        "respite.job.attempt": job.attempt,
    }
    return tracing.span(job.type, "consumer", parent=claimed.headers, attributes=attributes)
