"""What profile tells of itself: the crises that nobody has resolved."""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client import REGISTRY, CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, Metric

from kit.clock import Clock
from kit.database import Database
from kit.scraped import read_when_scraped
from services.profile.model.stats import open_crises


def measure_crises(
    database: Database, clock: Clock, registry: CollectorRegistry = REGISTRY
) -> None:
    """Publishes how many crises are open and since when; missing where the database is away.

    One read of an index at each scrape, so that every replica says the same.
    """

    def read() -> Iterable[Metric]:
        with database.list_reader() as db:
            count, age = open_crises(db, clock.now())
        seconds = 0.0 if age is None else age.total_seconds()
        return (
            GaugeMetricFamily(
                "respite_open_crises", "Crises that nobody has resolved.", value=count
            ),
            GaugeMetricFamily(
                "respite_oldest_open_crisis_seconds",
                "Since the first crisis text of the open crisis that began first; 0 without one.",
                value=seconds,
            ),
        )

    read_when_scraped("crises", read, registry)
