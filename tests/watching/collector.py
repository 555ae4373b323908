"""A collector of traces: takes OTLP over HTTP, as opentelemetry.io/docs/specs/otlp says."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)


@dataclass(frozen=True, slots=True)
class Span:
    """One span as it was sent. process: whose it is. links: trace and span ids."""

    process: str
    name: str
    trace_id: str
    span_id: str
    parent_id: str
    attributes: dict[str, Any]
    links: tuple[tuple[str, str], ...]
    failed: bool


class Collector:
    """Keeps whatever comes, as spans and as bytes."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.headers.get("Content-Encoding") == "gzip":
                    body = gzip.decompress(body)
                collector.bodies.append(body)
                self.send_response(200)
                self.send_header("Content-Type", "application/x-protobuf")
                self.end_headers()
                self.wfile.write(ExportTraceServiceResponse().SerializeToString())

            def log_message(self, *_arguments: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def spans(self) -> Sequence[Span]:
        """All that came until now."""
        return [
            _span_of(_value(resource.resource.attributes, "service.name"), span)
            for body in tuple(self.bodies)
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]

    def close(self) -> None:
        """Takes no more."""
        self._server.shutdown()
        self._server.server_close()


def _span_of(process: str, span: Any) -> Span:
    return Span(
        process,
        span.name,
        span.trace_id.hex(),
        span.span_id.hex(),
        span.parent_span_id.hex(),
        {each.key: _of(each.value) for each in span.attributes},
        tuple((each.trace_id.hex(), each.span_id.hex()) for each in span.links),
        span.status.code == span.status.STATUS_CODE_ERROR,
    )


def _of(value: Any) -> Any:
    return getattr(value, value.WhichOneof("value"))


def _value(attributes: Any, name: str) -> str:
    return next(str(_of(each.value)) for each in attributes if each.key == name)
