"""Calls in traces: a span where a call is made, and one where it is answered.

Names and attributes by https://opentelemetry.io/docs/specs/semconv/rpc/. A call that no span is
going on around has none, and neither has its answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from typing import Any, Final

import grpc

from kit import tracing
from kit.interception import AsyncInterceptor, Context, Interceptor
from kit.span import Kind, Span
from kit.telemetry import code_of

# What speaks of trouble by itself; NOT_FOUND or ABORTED belong to ordinary work.
_TROUBLE: Final = frozenset(
    {"UNKNOWN", "DEADLINE_EXCEEDED", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS"}
)


class TracingInterceptor(Interceptor):
    """Spans of the calls that a thread-pool server answers. Stands outermost."""

    @contextmanager
    def around(self, method: str, request: Any, context: Context) -> Iterator[None]:
        """One call."""
        with _answering(method, context):
            yield


class AsyncTracingInterceptor(AsyncInterceptor):
    """The same for an asyncio server."""

    @asynccontextmanager
    async def around(self, method: str, request: Any, context: Context) -> AsyncIterator[None]:
        """One call."""
        with _answering(method, context):
            yield


@contextmanager
def _answering(method: str, context: Context) -> Iterator[None]:
    headers = {
        key: value for key, value in context.invocation_metadata() or () if isinstance(value, str)
    }
    if "traceparent" not in headers:
        yield
        return
    with _call(method, "server", headers) as span:
        ending = grpc.StatusCode.UNKNOWN
        try:
            yield
            ending = grpc.StatusCode.OK
        except asyncio.CancelledError:
            ending = grpc.StatusCode.CANCELLED
            raise
        finally:
            _end(span, code_of(context, ending))


class TracedMethod:
    """A unary method of a grpc.aio channel, awaited as it is."""

    def __init__(self, method: Any, name: str) -> None:
        """name: "/package.Service/Method"."""
        self._method = method
        self._name = name

    async def __call__(self, request: Any, timeout: float | None = None) -> Any:
        """The answer."""
        with _call(self._name, "client", None) as span:
            metadata = tuple(tracing.headers().items())
            try:
                answer = await self._method(request, timeout, metadata=metadata)
            except grpc.RpcError as error:
                _end(span, error.code().name)
                raise
            _end(span, "OK")
            return answer


def _call(method: str, kind: Kind, headers: dict[str, str] | None) -> AbstractContextManager[Span]:
    name = method.removeprefix("/")
    attributes = {"rpc.system.name": "grpc", "rpc.method": name}
    return tracing.span(name, kind, parent=headers, attributes=attributes, judged=True)


def _end(span: Span, code: str) -> None:
    span.note("rpc.response.status_code", code)
    if code in _TROUBLE:
        span.fail(code)
