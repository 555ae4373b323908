"""What the queue tells of itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from weakref import WeakKeyDictionary

from prometheus_client import REGISTRY, CollectorRegistry, Gauge
from prometheus_client import Counter as CounterMetric

from services.jobs.model.enqueue import Enqueued
from services.jobs.model.read import TypeStats
from services.jobs.model.settle import Result, Settled
from services.jobs.new_job import NewJob
from services.jobs.types import JOB_TYPES

_STATES = ("ready", "running", "scheduled", "blocked", "dead")


class JobsMetrics:
    """The queue's metrics in one registry; `jobs_metrics` makes them once per registry."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def counter(name: str, text: str, *labels: str) -> CounterMetric:
            return CounterMetric(f"respite_jobs_{name}", text, labels, registry=registry)

        def gauge(name: str, text: str, *labels: str) -> Gauge:
            return Gauge(f"respite_jobs_{name}", text, labels, registry=registry)

        self._enqueued = counter("enqueued", "Jobs stored.", "type")
        self._deduplicated = counter("deduplicated", "Jobs whose key was known.", "type")
        self._body_differs = counter(
            "body_differs", "Jobs whose key was known with another payload.", "type"
        )
        self._claimed = counter("claimed", "Leases given.", "type")
        self._settled = counter("settled", "Claims settled, by what became of them.", "type", "how")
        self._stale = counter("stale_settles", "Settlements by claims that were not current.")
        self._dead = counter("dead_letters", "Jobs given up.", "type")
        self._returned = counter("returned", "Leases whose answer was lost.", "type")
        self._repaired = counter("lane_repairs", "Lanes found without a head. Must be 0.")
        self._polls = gauge("polls", "ClaimJobs calls that are open.")
        self._jobs = gauge("jobs", "Live and dead jobs.", "type", "state")
        self._oldest = gauge(
            "oldest_ready_seconds", "How long the longest ready job has been ready.", "type"
        )
        self._paused = gauge("paused", "1 while an operator has the type paused.", "type")
        self._strays = gauge(
            "finished_strays",
            "Finished jobs outside of any day's partition, at most 1000. Must be 0.",
        )
        self._counted: set[str] = set()
        self._begin_at_zero()

    def _begin_at_zero(self) -> None:
        """A counter that appears with its first event hides that event from every rate."""
        for name in JOB_TYPES:
            for each in (self._enqueued, self._deduplicated, self._body_differs, self._claimed):
                each.labels(name)
            for each in (self._dead, self._returned):
                each.labels(name)
            for result in Result:
                if result is not Result.STALE:
                    self._settled.labels(name, result.value)
            self._set(TypeStats(name, 0, 0, 0, 0, 0, None))

    def stored(self, results: Iterable[tuple[NewJob, Enqueued]]) -> None:
        """Jobs were stored, or were known."""
        counts = Counter(
            (job.type.name, result.created, result.body_differs) for job, result in results
        )
        for (name, created, body_differs), count in counts.items():
            (self._enqueued if created else self._deduplicated).labels(name).inc(count)
            if body_differs:
                self._body_differs.labels(name).inc(count)

    def claimed(self, types: Mapping[str, int]) -> None:
        """So many jobs of each type were leased."""
        for name, count in types.items():
            self._claimed.labels(name).inc(count)

    def returned(self, types: Mapping[str, int]) -> None:
        """Leases were given back whose answer was lost."""
        for name, count in types.items():
            self._returned.labels(name).inc(count)

    def settled(self, report: Settled) -> None:
        """Claims were settled, or jobs given up."""
        counts = Counter(zip(report.types, report.results, strict=True))
        for (name, result), count in counts.items():
            if result is Result.STALE:
                self._stale.inc(count)
            else:
                self._settled.labels(name, result.value).inc(count)
        for name, count in report.dead.items():
            self._dead.labels(name).inc(count)
        self.stored(report.follow_ups)

    def repaired(self, lanes: int) -> None:
        """Lanes were found without a head."""
        self._repaired.inc(lanes)

    def watch_polls(self, count: Callable[[], int]) -> None:
        """count: how many polls are open; asked at each scrape."""
        self._polls.set_function(count)

    def strayed(self, jobs: int) -> None:
        """So many finished jobs found the partition of their day missing."""
        self._strays.set(jobs)

    def counted(self, stats: Sequence[TypeStats]) -> None:
        """The queue was counted; a type that is missing has no job left."""
        for name in self._counted - {each.type for each in stats}:
            self._set(TypeStats(name, 0, 0, 0, 0, 0, None))
        for each in stats:
            self._set(each)
        self._counted = {each.type for each in stats}

    def _set(self, stats: TypeStats) -> None:
        for state in _STATES:
            self._jobs.labels(stats.type, state).set(getattr(stats, state))
        self._paused.labels(stats.type).set(stats.pause is not None)
        age = stats.oldest_ready_age
        self._oldest.labels(stats.type).set(0 if age is None else age.total_seconds())


_made: WeakKeyDictionary[CollectorRegistry, JobsMetrics] = WeakKeyDictionary()


def jobs_metrics(registry: CollectorRegistry = REGISTRY) -> JobsMetrics:
    """The queue's metrics in `registry`, so that a service can be started again in one process."""
    if registry not in _made:
        _made[registry] = JobsMetrics(registry)
    return _made[registry]
