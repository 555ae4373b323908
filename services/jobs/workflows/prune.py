"""History that nobody asks for any more is dropped, stretch by stretch."""

from __future__ import annotations

from collections import Counter
from typing import Final

from kit.logging import get_logger
from protos.jobs.v1.payloads_pb2 import Prune
from services.jobs.workflows import follow_ups
from services.jobs.workflows.context import Context
from services.jobs.workflows.outcome import Done, Outcome

log = get_logger(__name__)

# About a second each; what is left then is left to the next tick.
MOST_STRETCHES: Final = 240


async def run(prune: Prune, ctx: Context) -> Outcome:
    """Drops what was kept long enough; operators hear of finished jobs that found no place."""
    dropped: Counter[str] = Counter()
    for _ in range(MOST_STRETCHES):
        stretch = await ctx.prune()
        dropped.update(stretch.dropped)
        if not stretch.more:
            break
    if stretch.strays:
        log.error("finished_jobs_strayed", jobs=stretch.strays)
    told = ", ".join(f"{count} {name}" for name, count in sorted(dropped.items()) if count)
    today = f"{ctx.clock.now():%Y-%m-%d}"
    alerts = (follow_ups.alert("FINISHED_JOBS_STRAYED", today),) if stretch.strays else ()
    return Done(told or "nothing", alerts)
