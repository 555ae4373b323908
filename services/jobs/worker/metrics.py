"""What a worker measures, on its event loop."""

from __future__ import annotations

from kit.loop_metrics import LoopHistogram, LoopNumbers

_SHORT = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60)

CLAIM_TO_RUN_SECONDS = LoopHistogram(
    "respite_job_claim_to_run_seconds",
    "Time from the look that claimed a job to the start of its workflow.",
    ["type"],
    _SHORT,
)
RUN_SECONDS = LoopHistogram(
    "respite_job_run_seconds",
    "Time from the start of a workflow to its outcome.",
    ["type", "outcome"],
    (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 45, 300),
)
SETTLE_SECONDS = LoopHistogram(
    "respite_job_settle_seconds",
    "Time from the outcome of a workflow to the answer that its claim is settled.",
    ["type"],
    _SHORT,
)
SETTLED = LoopNumbers(
    "counter",
    "respite_jobs_settled_by_worker",
    "Claims ended, by what became of them.",
    ["word"],
)
RUNNING = LoopNumbers("gauge", "respite_jobs_running", "Jobs that this worker runs now.", ["type"])
LEASES_LOST = LoopNumbers(
    "counter", "respite_leases_lost", "Jobs stopped because their claim was no longer held."
)
