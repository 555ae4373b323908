"""What a worker measures."""

from __future__ import annotations

from functools import cache

from prometheus_client import Counter, Gauge, Histogram

RUN_SECONDS = Histogram(
    "respite_job_run_seconds",
    "Time from the start of a workflow to its outcome.",
    ["type", "outcome"],
    buckets=(0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 45, 300),
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
def run_seconds(job_type: str, outcome: str) -> Histogram:
    """How long workflows of a type took that ended so."""
    return RUN_SECONDS.labels(job_type, outcome)


@cache
def settled(word: str) -> Counter:
    """How many claims ended so."""
    return SETTLED.labels(word)
