"""Metrics that are read when they are asked for, so that they cost nothing in between."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from weakref import WeakKeyDictionary

from prometheus_client import REGISTRY, CollectorRegistry
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from kit.logging import describe_error, get_logger

log = get_logger(__name__)

Read = Callable[[], Iterable[Metric]]


class _Scraped(Collector):
    """What one registry asks for at each scrape, by name: who comes again under a name is asked
    in place of the one before, so that a service can be started again in one process."""

    def __init__(self) -> None:
        self.reads: dict[str, Read] = {}

    def collect(self) -> Iterable[Metric]:
        for name, read in tuple(self.reads.items()):
            try:
                found = tuple(read())
            except Exception as error:  # the others are told all the same
                log.warning("metric_unknown", metric=name, error=describe_error(error))
            else:
                yield from found

    def describe(self) -> Iterable[Metric]:
        return ()  # or registering would ask for everything, the database included


_made: WeakKeyDictionary[CollectorRegistry, _Scraped] = WeakKeyDictionary()
_making = threading.Lock()


def read_when_scraped(name: str, read: Read, registry: CollectorRegistry = REGISTRY) -> None:
    """Has `read` called at each scrape; what it raises is logged, and its metrics are missing then.

    name: whose metrics these are.
    """
    with _making:
        scraped = _made.get(registry)
        if scraped is None:
            scraped = _made[registry] = _Scraped()
            registry.register(scraped)
        scraped.reads[name] = read
