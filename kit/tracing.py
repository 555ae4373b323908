"""Traces, where somebody collects them; where nobody does, nothing is imported and nothing done.

A trace begins where something comes from outside, or with a job of the clock; what is called
without one has none. So neither strangers nor probes nor waiting polls make traces. No attribute
ever holds what a person wrote or is called: methods, types, ids of ours, codes and numbers only.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping, Sequence
from contextlib import AbstractContextManager
from contextvars import Context
from typing import Any, Final

from kit.span import Arrival, Backend, Kind, Span, Value


class _Nothing:
    """Stands for every span where there are no traces."""

    def came_first(self) -> None:
        pass

    def note(self, name: str, value: Value) -> None:
        pass

    def fail(self, reason: str) -> None:
        pass

    def __enter__(self) -> _Nothing:
        return self

    def __exit__(self, *_error: object) -> None:
        pass


NOTHING: Final = _Nothing()
"""The span where there are no traces."""

_NO_HEADERS: Final[Mapping[str, str]] = {}
_backend: Backend | None = None


def start_tracing(process: str, endpoint: str) -> None:
    """Has this process send its traces by OTLP over HTTP; call it once, before anything is built.

    endpoint: as OTEL_EXPORTER_OTLP_ENDPOINT has it; with "" nothing happens at all. The other
    variables of OpenTelemetry (OTEL_EXPORTER_OTLP_HEADERS, OTEL_TRACES_SAMPLER, …) hold as well.
    """
    global _backend  # noqa: PLW0603 (one for the process, as its log is)
    if endpoint:
        from kit.otel import OpenTelemetry

        _backend = OpenTelemetry.exporting(process, endpoint)


def is_on() -> bool:
    """Whether traces are collected."""
    return _backend is not None


def span(
    name: str,
    kind: Kind = "internal",
    *,
    parent: Mapping[str, str] | None = None,
    attributes: Mapping[str, Value] = _NO_HEADERS,
    judged: bool = False,
) -> AbstractContextManager[Span]:
    """A stretch of work, as a context manager; an exception that leaves it marks it as failed,
    unless it is `judged` by whoever began it.

    name: one of few. parent: headers that `headers` gave elsewhere; without traceparent a trace
    begins. None: the span belongs to what is going on, and there is none where nothing is.
    """
    return NOTHING if _backend is None else _backend.span(name, kind, parent, attributes, judged)


def arrival(
    key: str,
    name: str,
    *,
    started: int | None = None,
    attributes: Mapping[str, Value] = _NO_HEADERS,
) -> AbstractContextManager[Arrival]:
    """Something comes from outside that is known by its key; it says so when it came first.

    The id of its trace is made of the key: whatever copy of it comes, by whatever way, is part of
    one trace, which whoever knows the key finds. started: of time.time_ns(); None for now.
    """
    return NOTHING if _backend is None else _backend.arrival(key, name, started, attributes)


def company(others: Sequence[Context], name: str) -> AbstractContextManager[object]:
    """Inside, the next call is made for others too: it is linked with what goes on in their
    contexts, and in each of these a span called `name` tells how long it took."""
    return NOTHING if _backend is None else _backend.company(others, name)


def headers() -> Mapping[str, str]:
    """What is going on, for whoever goes on with it: W3C trace context; empty where nothing is."""
    return _NO_HEADERS if _backend is None else _backend.headers()


def arrival_headers(key: str) -> Mapping[str, str]:
    """What `headers` gives inside of the arrival with this key, of which nothing is told yet."""
    return _NO_HEADERS if _backend is None else _backend.arrival_headers(key)


def inject(target: MutableMapping[str, str]) -> None:
    """Adds `headers` to the headers of a job."""
    if _backend is not None:
        target.update(_backend.headers())


def link_arrival(key: str) -> None:
    """What is going on also serves what came with this key."""
    if _backend is not None:
        _backend.link_arrival(key)


def add_ids(_logger: Any, _level: str, event: MutableMapping[str, Any]) -> Any:
    """For structlog: an event that is logged in a span carries its trace_id and span_id."""
    if _backend is not None:
        event.update(_backend.ids())
    return event
