"""The people behind the line are told that something needs them."""

from __future__ import annotations

from kit.logging import get_logger
from protos.jobs.v1.payloads_pb2 import AlertOperators
from services.jobs.workflows import follow_ups, metrics
from services.jobs.workflows.context import Context, Told
from services.jobs.workflows.outcome import Bury, Done, Outcome, Retry

log = get_logger(__name__)

DEAD_LETTER = "DEAD_LETTER_"
"""How the reason of an alert of a job that was given up begins; the type follows."""


async def run(alert: AlertOperators, ctx: Context) -> Outcome:
    """Logs it, and has everybody who is configured told by a job of their own: who was missed is
    tried again, and nobody else."""
    if alert.recipient:
        return await _tell(alert, ctx)
    log.error("operators_alerted", reason=alert.reason, subject=alert.subject)
    if ctx.job.attempt == 1:
        metrics.ALERTS.labels(alert.reason).inc()
    names = ctx.alarm.recipients
    jobs = (follow_ups.alert_to(_cause(alert, ctx), alert, name) for name in names)
    return Done(f"to be told: {len(names)}", tuple(jobs))


def _cause(alert: AlertOperators, ctx: Context) -> str:
    """What they are told of once: this alert, or all dead letters of a type within an hour. An
    outage may bury thousands at once, and their texts leave by the number of the crisis replies."""
    if not alert.reason.startswith(DEAD_LETTER):
        return ctx.job.key
    return f"{alert.reason}:{ctx.clock.now():%Y-%m-%dT%H}"


async def _tell(alert: AlertOperators, ctx: Context) -> Outcome:
    match await ctx.alarm.tell(alert.recipient, alert.reason, alert.subject):
        case Told.TOLD:
            return Done("told")
        case Told.FAILED:
            metrics.ALERTS_FAILED.labels(_way(alert.recipient)).inc()
            return Retry("ALARM_FAILED")
        case Told.REFUSED:
            metrics.ALERTS_FAILED.labels(_way(alert.recipient)).inc()
            return Bury("ALARM_REFUSED")
        case Told.GONE:
            return Done("not configured any more")


def _way(recipient: str) -> str:
    """For the metric: which kind of way to somebody failed."""
    return recipient.partition("-")[0]
