"""Traces as they are collected, without a collector."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from kit import tracing
from kit.otel import OpenTelemetry
from kit.trace_ids import Ids


class Spans(InMemorySpanExporter):
    """What was exported, by name."""

    def called(self, name: str) -> list[ReadableSpan]:
        return [span for span in self.get_finished_spans() if span.name == name]

    def one(self, name: str) -> ReadableSpan:
        [span] = self.called(name)
        return span

    def parent_of(self, name: str) -> int | None:
        parent = self.one(name).parent
        return parent.span_id if parent else None


@contextmanager
def collecting() -> Iterator[Spans]:
    """This process traces, as far as the environment's sampler says, until the end of the block."""
    exporter = Spans()
    provider = TracerProvider(id_generator=Ids(), shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tracing, "_backend", OpenTelemetry(provider))
        yield exporter
    provider.shutdown()
