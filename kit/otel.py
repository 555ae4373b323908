"""Traces by OpenTelemetry. Imported by `kit.tracing` alone, and only where they are collected."""

from __future__ import annotations

import atexit
import os
import socket
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import Context, ContextVar
from typing import Final

from opentelemetry import trace
from opentelemetry.context import Context as OtelContext
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import Decision
from opentelemetry.trace import Link, NonRecordingSpan, SpanContext, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from kit.span import Kind, Span, Value
from kit.trace_ids import CHOSEN, Ids, ids_of

PATIENCE: Final = 3.0
"""Seconds that a batch of spans is offered to a collector, and that the end of a process waits."""

_W3C: Final = TraceContextTextMapPropagator()
_KINDS: Final[Mapping[Kind, SpanKind]] = {
    "server": SpanKind.SERVER,
    "client": SpanKind.CLIENT,
    "consumer": SpanKind.CONSUMER,
    "internal": SpanKind.INTERNAL,
}
# Our own, not OpenTelemetry's: it has to be read in the context of somebody else (company).
_current: ContextVar[trace.Span | None] = ContextVar("respite_span", default=None)


class _Span:
    """See kit.span.Span."""

    def __init__(self, span: trace.Span) -> None:
        self._span = span

    def note(self, name: str, value: Value) -> None:
        self._span.set_attribute(name, value)

    def fail(self, reason: str) -> None:
        self._span.set_status(Status(StatusCode.ERROR))
        self._span.set_attribute("error.type", reason)


class _Company:
    """A call that is made for several. context: of its span, once there is one."""

    def __init__(self, links: Sequence[Link]) -> None:
        self.links = links
        self.context: SpanContext | None = None


_company: ContextVar[_Company | None] = ContextVar("respite_company", default=None)


class OpenTelemetry:
    """See kit.span.Backend."""

    def __init__(self, provider: TracerProvider) -> None:
        """provider: its id generator has to be an Ids."""
        self._provider = provider
        self._tracer = provider.get_tracer("respite")

    @classmethod
    def exporting(cls, process: str, endpoint: str) -> OpenTelemetry:
        """Sends spans in batches from a thread of its own; the last when the process ends."""
        resource = Resource.create(
            {
                "service.namespace": "respite",
                "service.name": process,
                "service.instance.id": f"{socket.gethostname()}-{os.getpid()}",
            }
        )
        provider = TracerProvider(resource=resource, id_generator=Ids(), shutdown_on_exit=False)
        told = "OTEL_EXPORTER_OTLP_TIMEOUT" in os.environ
        exporter = OTLPSpanExporter(
            endpoint=f"{endpoint.rstrip('/')}/v1/traces", timeout=None if told else PATIENCE
        )
        provider.add_span_processor(BatchSpanProcessor(exporter))
        _end_in_time(provider)
        return cls(provider)

    @contextmanager
    def span(
        self,
        name: str,
        kind: Kind,
        parent: Mapping[str, str] | None,
        attributes: Mapping[str, Value],
        judged: bool,
    ) -> Iterator[_Span]:
        """See kit.tracing.span."""
        above = _current.get() if parent is None else _span_of(parent)
        if above is None and parent is None:
            yield _Span(trace.INVALID_SPAN)
            return
        shared = _company.get() if kind == "client" else None
        begun = self._tracer.start_span(
            name,
            _within(above),
            _KINDS[kind],
            dict(attributes),
            links=shared.links if shared else (),
            record_exception=False,
            set_status_on_exception=False,
        )
        if shared:
            shared.context = begun.get_span_context()
        told = _Span(begun)
        try:
            with _going_on(begun, None if judged else told):
                yield told
        finally:
            begun.end()

    @contextmanager
    def arrival(
        self, key: str, name: str, started: int | None, attributes: Mapping[str, Value]
    ) -> Iterator[_Seen]:
        """See kit.tracing.arrival.

        What happens meanwhile hangs below the span that begins the trace. That is written when it
        is over: where the same came before, it is there already, and this one hangs below it too.
        """
        root = self._beginning(key)
        started = time.time_ns() if started is None else started
        seen = _Seen(attributes)
        try:
            with _going_on(root, seen):
                yield seen
        finally:
            token = CHOSEN.set(ids_of(key) if seen.is_first else None)
            written = self._tracer.start_span(
                name,
                _within(None if seen.is_first else root),
                SpanKind.SERVER,
                seen.attributes,
                start_time=started,
            )
            CHOSEN.reset(token)
            if seen.failed:
                written.set_status(Status(StatusCode.ERROR))
            written.end()

    def arrival_headers(self, key: str) -> Mapping[str, str]:
        """See kit.tracing.arrival_headers."""
        return _headers_of(self._beginning(key))

    def _beginning(self, key: str) -> trace.Span:
        """The span with which the trace of this key begins, written by whoever writes it."""
        trace_id, span_id = ids_of(key)
        sampled = self._provider.sampler.should_sample(None, trace_id, "", None, None, ())
        flags = trace.TraceFlags(int(sampled.decision is Decision.RECORD_AND_SAMPLE))
        return NonRecordingSpan(SpanContext(trace_id, span_id, is_remote=False, trace_flags=flags))

    @contextmanager
    def company(self, others: Sequence[Context], name: str) -> Iterator[None]:
        """See kit.tracing.company."""
        spans = [span for context in others if (span := context.get(_current)) is not None]
        shared = _Company([Link(span.get_span_context()) for span in spans])
        started = time.time_ns()
        token = _company.set(shared)
        try:
            yield
        finally:
            _company.reset(token)
            links = [Link(shared.context)] if shared.context else []
            for span in spans:
                self._tracer.start_span(
                    name, _within(span), SpanKind.CLIENT, links=links, start_time=started
                ).end()

    def headers(self) -> Mapping[str, str]:
        """See kit.tracing.headers."""
        span = _current.get()
        return {} if span is None else _headers_of(span)

    def link_arrival(self, key: str) -> None:
        """See kit.tracing.link_arrival. What is going on because of it needs no link."""
        span = _current.get()
        trace_id, span_id = ids_of(key)
        if span is not None and span.get_span_context().trace_id != trace_id:
            span.add_link(SpanContext(trace_id, span_id, is_remote=True))

    def ids(self) -> Mapping[str, str]:
        """See kit.tracing.add_ids."""
        span = _current.get()
        if span is None:
            return {}
        context = span.get_span_context()
        return {
            "trace_id": trace.format_trace_id(context.trace_id),
            "span_id": trace.format_span_id(context.span_id),
        }


def _end_in_time(provider: TracerProvider) -> None:
    """Sends what is left when the process ends, as far as PATIENCE goes.

    The provider's own ending waits as long for each batch of a full queue, and up to 30 s for an
    answer that trickles in. Its thread is begun now: one that ends begins none.
    """
    ending = threading.Event()

    def end() -> None:
        ending.wait()
        provider.shutdown()

    thread = threading.Thread(target=end, name="traces-end", daemon=True)
    thread.start()

    def wait() -> None:
        ending.set()
        thread.join(PATIENCE)

    atexit.register(wait)


class _Seen:
    """See kit.span.Arrival. Kept until it is written."""

    def __init__(self, attributes: Mapping[str, Value]) -> None:
        self.attributes = dict(attributes)
        self.is_first = False
        self.failed = False

    def came_first(self) -> None:
        self.is_first = True

    def note(self, name: str, value: Value) -> None:
        self.attributes[name] = value

    def fail(self, reason: str) -> None:
        self.failed = True
        self.attributes["error.type"] = reason


def _within(span: trace.Span | None) -> OtelContext:
    """A context in which this span is going on, and nothing else."""
    empty = OtelContext()
    return empty if span is None else trace.set_span_in_context(span, empty)


def _headers_of(span: trace.Span) -> Mapping[str, str]:
    carrier: dict[str, str] = {}
    _W3C.inject(carrier, _within(span))
    return carrier


def _span_of(headers: Mapping[str, str]) -> trace.Span | None:
    """What went on where these headers come from; None where they do not say."""
    span = trace.get_current_span(_W3C.extract(headers))
    return span if span.get_span_context().is_valid else None


@contextmanager
def _going_on(span: trace.Span, judge: Span | None) -> Iterator[None]:
    token = _current.set(span)
    try:
        yield
    except BaseException as error:
        if judge is not None:
            judge.fail(type(error).__name__)  # the class alone: what it says may quote somebody
        raise
    finally:
        _current.reset(token)
