"""Traces: where they begin, what hangs together, and that there are none unless asked for."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import hashlib
import os
import socket
import subprocess
import sys
from collections.abc import Iterator

import grpc
import pytest
from opentelemetry.sdk.trace import ReadableSpan

from kit import tracing
from kit.rpc_tracing import TracedMethod
from tests.spans import Spans, collecting

KEY = "twilio:SM1"
QUIET = """
import sys
from respite import billing, gateway, jobs, worker
from kit import tracing
tracing.start_tracing("worker", "")
with tracing.span("a") as span, tracing.arrival("k", "b") as arrival:
    span.note("x", 1)
    arrival.came_first()
assert not tracing.headers()
assert not [name for name in sys.modules if name.startswith("opentelemetry")]
"""
MANY_SPANS = """
import sys
from kit import tracing
tracing.start_tracing("worker", sys.argv[1])
for _ in range(4000):
    with tracing.span("job", parent={}):
        pass
"""


@pytest.fixture
def spans() -> Iterator[Spans]:
    with collecting() as spans:
        yield spans


def id_of(span: ReadableSpan) -> int:
    assert span.context is not None
    return int(span.context.span_id)


def trace_of(span: ReadableSpan) -> int:
    assert span.context is not None
    return int(span.context.trace_id)


@pytest.mark.slow
def test_where_nobody_collects_traces_nothing_is_imported() -> None:
    subprocess.run([sys.executable, "-c", QUIET], check=True)


def test_what_goes_on_in_no_trace_begins_none(spans: Spans) -> None:
    with tracing.span("alone") as span:
        span.note("x", 1)
        assert not tracing.headers()
    assert not spans.get_finished_spans()


def test_a_trace_goes_on_by_the_headers_of_a_job(spans: Spans) -> None:
    with tracing.span("sweep", "consumer", parent={}):
        headers = dict(tracing.headers())
    with tracing.span("job", "consumer", parent=headers), tracing.span("call", "client"):
        pass
    assert trace_of(spans.one("call")) == trace_of(spans.one("sweep"))
    assert spans.parent_of("job") == id_of(spans.one("sweep"))
    assert spans.parent_of("call") == id_of(spans.one("job"))


@pytest.mark.parametrize("parent", [{"traceparent": "nonsense"}, {"traceparent": "00-0-0-01"}, {}])
def test_headers_that_say_nothing_begin_a_trace(spans: Spans, parent: dict[str, str]) -> None:
    with tracing.span("job", "consumer", parent=parent):
        pass
    assert spans.parent_of("job") is None


def test_whatever_copy_of_a_text_comes_is_part_of_one_trace(spans: Spans) -> None:
    """Also one of which nobody knew what became of it."""
    with contextlib.suppress(ConnectionError), tracing.arrival(KEY, "lost"):
        raise ConnectionError
    with tracing.arrival(KEY, "first") as arrival, tracing.span("enqueue", "client"):
        arrival.came_first()
    with tracing.arrival(KEY, "again"):
        pass
    first = spans.one("first")
    assert first.parent is None
    assert f"{trace_of(first):032x}" == hashlib.sha256(KEY.encode()).hexdigest()[:32]
    for name in ("lost", "enqueue", "again"):
        assert trace_of(spans.one(name)) == trace_of(first)
        assert spans.parent_of(name) == id_of(first)
    assert spans.one("lost").attributes == {"error.type": "ConnectionError"}
    assert len({id_of(span) for span in spans.get_finished_spans()}) == 4


def test_a_job_is_linked_with_what_else_it_serves(spans: Spans) -> None:
    with tracing.arrival("twilio:SM2", "other") as arrival:
        arrival.came_first()
    with tracing.arrival(KEY, "own") as arrival:
        arrival.came_first()
        with tracing.span("answer"):
            tracing.link_arrival(KEY)
            tracing.link_arrival("twilio:SM2")
    links = [link.context.span_id for link in spans.one("answer").links]
    assert links == [id_of(spans.one("other"))]


def test_a_trace_is_kept_or_left_out_as_a_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever sees a part of it decides by its id alone, and all alike."""
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "parentbased_traceidratio")
    monkeypatch.setenv("OTEL_TRACES_SAMPLER_ARG", "0.5")
    seen: dict[int, set[str]] = {}
    with collecting() as spans:
        for number in range(40):
            key = f"twilio:SM{number}"
            with tracing.arrival(key, "first") as arrival:
                arrival.came_first()
                headers = dict(tracing.headers())
            assert headers == tracing.arrival_headers(key)
            with tracing.span("job", "consumer", parent=headers), tracing.span("call", "client"):
                pass
            with tracing.arrival(key, "again"):
                pass
        for span in spans.get_finished_spans():
            seen.setdefault(trace_of(span), set()).add(span.name)
    assert 5 < len(seen) < 35
    assert all(names == {"first", "job", "call", "again"} for names in seen.values())


@pytest.mark.slow
def test_a_collector_that_does_not_answer_does_not_keep_a_process_from_ending() -> None:
    """Even where a whole queue of spans is left, and it may be asked as long as it likes."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        subprocess.run(
            [sys.executable, "-c", MANY_SPANS, address],
            env={**os.environ, "OTEL_EXPORTER_OTLP_TIMEOUT": "600"},
            check=True,
            timeout=60,
        )


def test_a_call_for_many_is_seen_in_each_of_their_traces(spans: Spans) -> None:
    contexts = []
    for name in ("one", "two"):
        with tracing.span(name, parent={}):
            contexts.append(contextvars.copy_context())

    def fly() -> None:
        with tracing.company(contexts[1:], "gathered call"), tracing.span("batch", "client"):
            pass

    contexts[0].run(fly)
    batch, gathered = spans.one("batch"), spans.one("gathered call")
    assert spans.parent_of("batch") == id_of(spans.one("one"))
    assert spans.parent_of("gathered call") == id_of(spans.one("two"))
    assert [link.context.span_id for link in batch.links] == [id_of(spans.one("two"))]
    assert [link.context.span_id for link in gathered.links] == [id_of(batch)]


def test_what_an_error_says_stays_out_of_traces(spans: Spans) -> None:
    with contextlib.suppress(ValueError), tracing.span("job", parent={}):
        raise ValueError("+12025550101 wrote this")
    job = spans.one("job")
    assert not job.events
    assert job.attributes == {"error.type": "ValueError"}
    assert (job.status.is_ok, job.status.description) == (False, None)


def test_an_event_that_is_logged_in_a_trace_says_which(spans: Spans) -> None:
    with tracing.span("job", parent={}):
        event = tracing.add_ids(None, "info", {"event": "x"})
    job = spans.one("job")
    assert event == {
        "event": "x",
        "trace_id": f"{trace_of(job):032x}",
        "span_id": f"{id_of(job):016x}",
    }
    assert tracing.add_ids(None, "info", {"event": "x"}) == {"event": "x"}


def test_a_refusal_that_belongs_to_ordinary_work_is_no_failure(spans: Spans) -> None:
    with tracing.span("sweep", parent={}):
        for code in (grpc.StatusCode.NOT_FOUND, grpc.StatusCode.UNAVAILABLE):

            async def refused(*_: object, **__: object) -> None:
                none = grpc.aio.Metadata()
                raise grpc.aio.AioRpcError(code, none, none)  # noqa: B023 (called in its turn)

            with contextlib.suppress(grpc.RpcError):
                asyncio.run(TracedMethod(refused, "/notes.v1.Notes/Get")(None))
    calls = spans.called("notes.v1.Notes/Get")
    assert [span.status.is_ok or span.status.is_unset for span in calls] == [True, False]
    assert [dict(span.attributes or {}).get("error.type") for span in calls] == [
        None,
        "UNAVAILABLE",
    ]
