"""Metrics that are read when they are asked for, and labels that stay few."""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, Metric
from structlog.testing import capture_logs

from kit.labels import OTHER, FewValues
from kit.scraped import read_when_scraped


def gauge(name: str, value: float) -> Iterable[Metric]:
    return [GaugeMetricFamily(name, "For a test.", value=value)]


def test_a_metric_is_read_at_each_scrape_and_not_before() -> None:
    registry = CollectorRegistry()
    asked: list[int] = []

    def read() -> Iterable[Metric]:
        asked.append(1)
        return gauge("asked", len(asked))

    read_when_scraped("asked", read, registry)
    assert not asked
    assert registry.get_sample_value("asked") == 1
    assert registry.get_sample_value("asked") == 2


def test_what_cannot_be_read_is_missing_and_said_so_and_the_others_are_there() -> None:
    registry = CollectorRegistry()

    def read() -> Iterable[Metric]:
        raise ConnectionError("away")

    read_when_scraped("broken", read, registry)
    read_when_scraped("well", lambda: gauge("well", 1), registry)
    with capture_logs() as lines:
        assert registry.get_sample_value("well") == 1
    assert [(each["event"], each["metric"]) for each in lines] == [("metric_unknown", "broken")]


def test_a_process_that_starts_again_takes_the_place_of_the_one_before() -> None:
    registry = CollectorRegistry()
    read_when_scraped("mine", lambda: gauge("mine", 1), registry)
    read_when_scraped("mine", lambda: gauge("mine", 2), registry)
    assert [metric.samples[0].value for metric in registry.collect()] == [2]


def test_nobody_outside_makes_more_values_of_a_label_than_there_may_be() -> None:
    few = FewValues(2)
    assert [few(value) for value in "abca"] == ["a", "b", OTHER, "a"]
