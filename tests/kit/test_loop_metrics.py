"""Metrics of an event loop tell a scraper what prometheus_client's own would."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from kit.loop_metrics import LoopHistogram, LoopNumbers

BOUNDS = (0.001, 0.5, 1, 60)


def samples(registry: CollectorRegistry) -> set[tuple[str, str, float]]:
    return {
        (each.name, str(sorted(each.labels.items())), each.value)
        for family in registry.collect()
        for each in family.samples
        if not each.name.endswith("_created")
    }


def test_a_histogram_is_told_as_prometheus_clients_own() -> None:
    ours, theirs = CollectorRegistry(), CollectorRegistry()
    histogram = LoopHistogram("job_seconds", "Time.", ["type"], BOUNDS, ours)
    expected = Histogram("job_seconds", "Time.", ["type"], buckets=BOUNDS, registry=theirs)
    for kind in ("a", "b"):
        for seconds in (0.0, 0.001, 0.0011, 0.5, 1.0, 59.9, 60.0, 61.0, 1e6):
            histogram.of(kind).observe(seconds)
            expected.labels(kind).observe(seconds)
    assert samples(ours) == samples(theirs)
    assert ours.get_sample_value("job_seconds_count", {"type": "a"}) == 9


def test_numbers_are_told_as_prometheus_clients_own() -> None:
    ours, theirs = CollectorRegistry(), CollectorRegistry()
    LoopNumbers("counter", "jobs", "Jobs.", ["word"], ours).of("DONE").value += 3
    Counter("jobs", "Jobs.", ["word"], registry=theirs).labels("DONE").inc(3)
    LoopNumbers("counter", "lost", "Jobs.", (), ours)
    Counter("lost", "Jobs.", registry=theirs)
    running = LoopNumbers("gauge", "running", "Jobs.", (), ours)
    running.of().value += 2
    running.of().value -= 1
    Gauge("running", "Jobs.", registry=theirs).inc()
    assert samples(ours) == samples(theirs)
