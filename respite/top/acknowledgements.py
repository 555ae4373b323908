"""How fast the gateway acknowledges, from its own metrics, where it runs on this machine."""

from __future__ import annotations

import http.client
from collections import deque
from collections.abc import Mapping
from datetime import timedelta
from math import inf
from typing import Final

from prometheus_client.parser import text_string_to_metric_families

from respite.processes import BY_NAME
from respite.ready import asked_host
from respite.top.picture import Latency

METRIC: Final = "respite_gateway_ack_seconds"
_TIMEOUT: Final = 1.0  # seconds
_LOOKS: Final = 150

Buckets = Mapping[float, float]
"""How many took no longer, by seconds; the last bound is infinite."""


class Acknowledgements:
    """Compares what the gateway counts now with what it counted some looks before.

    environment: says where its metrics are.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._host = asked_host(environment)
        self._port = BY_NAME["gateway"].health.chosen(environment)
        self._looks: deque[Buckets] = deque(maxlen=_LOOKS)

    def look(self) -> Latency | None:
        """Of the posts since the first look that is kept, of all on the first; None without any.

        Raises OSError or http.client.HTTPException where the gateway is not to be reached.
        """
        now = buckets_of(self._read())
        before = self._looks[0] if self._looks else {}
        if before and now.get(inf, 0) < before.get(inf, 0):  # it was started anew
            self._looks.clear()
            before = {}
        self._looks.append(now)
        since = {bound: count - before.get(bound, 0) for bound, count in now.items()}
        if not since.get(inf):
            since = dict(now)
        if not since.get(inf):
            return None
        return Latency(quantile(since, 0.5), quantile(since, 0.95))

    def _read(self) -> str:
        connection = http.client.HTTPConnection(self._host, self._port, timeout=_TIMEOUT)
        try:
            connection.request("GET", "/metrics")
            return connection.getresponse().read().decode()
        finally:
            connection.close()


def buckets_of(metrics: str) -> Buckets:
    """The histogram over all routes."""
    buckets: dict[float, float] = {}
    for family in text_string_to_metric_families(metrics):
        if family.name == METRIC:
            for sample in family.samples:
                if sample.name.endswith("_bucket"):
                    bound = float(sample.labels["le"])
                    buckets[bound] = buckets.get(bound, 0) + sample.value
    return buckets


def quantile(buckets: Buckets, share: float) -> timedelta:
    """The time that `share` of those counted did not exceed, linear within its bucket.

    https://prometheus.io/docs/practices/histograms/#errors-of-quantile-estimation
    """
    wanted = buckets[inf] * share
    low, below = 0.0, 0.0
    for bound in sorted(buckets):
        if buckets[bound] >= wanted:
            if bound == inf:
                break
            within = (wanted - below) / max(buckets[bound] - below, 1e-9)
            return timedelta(seconds=low + (bound - low) * within)
        low, below = bound, buckets[bound]
    return timedelta(seconds=low)
