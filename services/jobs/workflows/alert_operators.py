"""The people behind the line are told that something needs them."""

from __future__ import annotations

from kit.logging import get_logger
from protos.jobs.v1.payloads_pb2 import AlertOperators
from services.jobs.workflows import metrics
from services.jobs.workflows.context import Context
from services.jobs.workflows.outcome import Done, Outcome, Retry

log = get_logger(__name__)


async def run(alert: AlertOperators, ctx: Context) -> Outcome:
    """Logs it, and reaches everybody who is configured; those who were missed are tried again."""
    log.error("operators_alerted", reason=alert.reason, subject=alert.subject)
    if ctx.job.attempt == 1:
        metrics.ALERTS.labels(alert.reason).inc()
    failed = await ctx.alarm.raise_alarm(alert.reason, alert.subject)
    for way in failed:
        metrics.ALERTS_FAILED.labels(way).inc()
    return Retry("ALARM_" + "_".join(failed).upper()) if failed else Done("told")
