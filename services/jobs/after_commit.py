"""What happens once a transaction is committed: it is counted, and whoever waits is woken."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from services.jobs.metrics import JobsMetrics
from services.jobs.model.enqueue import Enqueued
from services.jobs.model.settle import Settled
from services.jobs.new_job import NewJob
from services.jobs.switchboard import Switchboard


class AfterCommit:
    """Tells metrics and waiting polls; on the event loop's thread."""

    def __init__(self, switchboard: Switchboard, metrics: JobsMetrics) -> None:
        self._switchboard = switchboard
        self._metrics = metrics

    def stored(self, results: Sequence[tuple[NewJob, Enqueued]]) -> None:
        """Jobs were stored, or were known."""
        self._metrics.stored(results)
        self._switchboard.announce(Counter(job.type.name for job, made in results if made.ready))

    def settled(self, report: Settled) -> None:
        """Claims were settled, or jobs given up."""
        self._metrics.settled(report)
        self._switchboard.announce(report.ready, report.later)

    def returned(self, types: Mapping[str, int]) -> None:
        """Leases were given back."""
        self._metrics.returned(types)
        self._switchboard.announce(types)

    def freed(self, types: Mapping[str, int]) -> None:
        """Jobs became ready in another way."""
        self._switchboard.announce(types)
