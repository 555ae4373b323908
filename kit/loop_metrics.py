"""Prometheus metrics for what happens thousands of times a second on one thread.

Those of prometheus_client take a lock at each change and go through a histogram's buckets one by
one: a microsecond or two, many times for each job. These are plain numbers. Only one thread may
change them, that of an event loop; a scrape that reads meanwhile may see a sum whose count comes
with the next one.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Literal

from prometheus_client import REGISTRY, CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector

_FAMILIES = {"counter": CounterMetricFamily, "gauge": GaugeMetricFamily}


class Number:
    """One number; whoever counts adds to `value`."""

    __slots__ = ("value",)

    def __init__(self) -> None:
        self.value = 0


class LoopNumbers(Collector):
    """A counter or a gauge."""

    def __init__(
        self,
        kind: Literal["counter", "gauge"],
        name: str,
        text: str,
        labels: Sequence[str] = (),
        registry: CollectorRegistry = REGISTRY,
    ) -> None:
        """text: what it tells. labels: their names."""
        self._family = _FAMILIES[kind]
        self._about = (name, text)
        self._label_names = labels
        self._numbers: dict[tuple[str, ...], Number] = {}
        if not labels:
            self.of()  # there from the beginning, as 0: a rate needs something to begin from
        registry.register(self)

    def of(self, *labels: str) -> Number:
        """The number with these labels; always the same one."""
        number = self._numbers.get(labels)
        if number is None:
            number = self._numbers[labels] = Number()
        return number

    def collect(self) -> Iterator[CounterMetricFamily | GaugeMetricFamily]:
        """What a scrape reads."""
        family = self._family(*self._about, labels=self._label_names)
        for labels, number in list(self._numbers.items()):
            family.add_metric(labels, number.value)
        yield family


class Times:
    """How often something took how long."""

    __slots__ = ("_bounds", "counts", "total")

    def __init__(self, bounds: Sequence[float]) -> None:
        self._bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.total = 0.0

    def observe(self, seconds: float) -> None:
        """It took so long once more."""
        self.counts[bisect_left(self._bounds, seconds)] += 1
        self.total += seconds


class LoopHistogram(Collector):
    """A histogram of seconds."""

    def __init__(
        self,
        name: str,
        text: str,
        labels: Sequence[str],
        bounds: Sequence[float],
        registry: CollectorRegistry = REGISTRY,
    ) -> None:
        """text: what it tells. labels: their names. bounds: of the buckets, growing."""
        self._about = (name, text)
        self._label_names = labels
        self._bounds = tuple(bounds)
        self._names = (*(str(float(bound)) for bound in bounds), "+Inf")
        self._times: dict[tuple[str, ...], Times] = {}
        registry.register(self)

    def of(self, *labels: str) -> Times:
        """The times with these labels; always the same ones."""
        times = self._times.get(labels)
        if times is None:
            times = self._times[labels] = Times(self._bounds)
        return times

    def collect(self) -> Iterator[HistogramMetricFamily]:
        """What a scrape reads."""
        family = HistogramMetricFamily(*self._about, labels=self._label_names)
        for labels, times in list(self._times.items()):
            counts = accumulate(times.counts)
            family.add_metric(labels, list(zip(self._names, counts, strict=True)), times.total)
        yield family
