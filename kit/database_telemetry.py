"""What a database's pools tell of themselves: read at each scrape, counted nowhere."""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client import REGISTRY, CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from kit.database import Database
from kit.scraped import read_when_scraped


def measure_database(database: Database, registry: CollectorRegistry = REGISTRY) -> None:
    """Publishes the connections of a database's pools, and how often it could not be had."""

    def read() -> Iterable[Metric]:
        return _metrics_of(database)

    read_when_scraped(f"database:{database.name}", read, registry)


def _metrics_of(database: Database) -> Iterable[Metric]:
    connections = GaugeMetricFamily(
        "respite_database_connections",
        "Open connections to the database, by whether a call is using them.",
        labels=["database", "pool", "state"],
    )
    limits = GaugeMetricFamily(
        "respite_database_connections_limit",
        "Connections that the pool opens at most.",
        labels=["database", "pool"],
    )
    for pool in database.pools():
        connections.add_metric([database.name, pool.name, "in_use"], pool.in_use)
        connections.add_metric([database.name, pool.name, "idle"], pool.idle)
        limits.add_metric([database.name, pool.name], pool.limit)
    return connections, limits, *_counters_of(database)


def _counters_of(database: Database) -> Iterable[Metric]:
    tally = database.tally
    for name, text, count in (
        ("unavailable", "Calls that the database could not answer.", tally.unavailable),
        ("retried", "Transactions run again after a deadlock or a lock time-out.", tally.retried),
    ):
        counter = CounterMetricFamily(f"respite_database_{name}", text, labels=["database"])
        counter.add_metric([database.name], count)
        yield counter
