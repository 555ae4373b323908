"""Counts and times the calls that a process makes, by the end that each of them came to."""

from __future__ import annotations

import time
from functools import cache, partial
from typing import Any

from prometheus_client import CollectorRegistry

from kit.telemetry import kit_metrics


class MeasuredMethod:
    """A unary method of a grpc.aio channel, called as it is. A call that the channel repeats counts
    once: what is measured is what the caller waits for."""

    def __init__(self, method: Any, name: str, registry: CollectorRegistry) -> None:
        """name: "/package.Service/Method"."""
        metrics = kit_metrics(registry)
        service, _, short = name.removeprefix("/").partition("/")
        self._method = method
        self._seconds = metrics.client_seconds.labels(service, short)
        self._handled = cache(lambda code: metrics.client_handled.labels(service, short, code))

    def __call__(self, request: Any, timeout: float | None = None, **options: Any) -> Any:
        """The call, as the method makes it."""
        call = self._method(request, timeout, **options)
        call.add_done_callback(partial(self._ended, time.perf_counter()))
        return call

    def _ended(self, started: float, call: Any) -> None:
        self._seconds.observe(time.perf_counter() - started)
        self._handled(_code_of(call)).inc()


def _code_of(call: Any) -> str:
    """The status of a call that has ended: grpcio's coroutine has nothing to wait for then."""
    reading = call.code()
    try:
        reading.send(None)
    except StopIteration as told:
        code: str = told.value.name
        return code
    reading.close()
    return "UNKNOWN"
