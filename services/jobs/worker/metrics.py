"""What a worker measures."""

from __future__ import annotations

from functools import cache

from prometheus_client import Counter, Gauge, Histogram

_SHORT = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60)

CLAIM_TO_RUN_SECONDS = Histogram(
    "respite_job_claim_to_run_seconds",
    "Time from the look that claimed a job to the start of its workflow.",
    ["type"],
    buckets=_SHORT,
)
RUN_SECONDS = Histogram(
    "respite_job_run_seconds",
    "Time from the start of a workflow to its outcome.",
    ["type", "outcome"],
    buckets=(0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 45, 300),
)
SETTLE_SECONDS = Histogram(
    "respite_job_settle_seconds",
    "Time from the outcome of a workflow to the answer that its claim is settled.",
    ["type"],
    buckets=_SHORT,
)
SETTLED = Counter(
    "respite_jobs_settled_by_worker", "Claims ended, by what became of them.", ["word"]
)
RUNNING = Gauge("respite_jobs_running", "Jobs that this worker runs now.", ["type"])
LEASES_LOST = Counter("respite_leases_lost", "Jobs stopped because their claim was no longer held.")


@cache
def running(job_type: str) -> Gauge:
    """How many jobs of a type run now."""
    return RUNNING.labels(job_type)


@cache
def claim_to_run_seconds(job_type: str) -> Histogram:
    """How long jobs of a type took from their claim to the start of their workflow."""
    return CLAIM_TO_RUN_SECONDS.labels(job_type)


@cache
def run_seconds(job_type: str, outcome: str) -> Histogram:
    """How long workflows of a type took that ended so."""
    return RUN_SECONDS.labels(job_type, outcome)


@cache
def settle_seconds(job_type: str) -> Histogram:
    """How long the ends of jobs of a type took to be settled."""
    return SETTLE_SECONDS.labels(job_type)


@cache
def settled(word: str) -> Counter:
    """How many claims ended so."""
    return SETTLED.labels(word)
