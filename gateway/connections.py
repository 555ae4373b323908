"""Connections that cannot be held for long.

uvicorn leaves three things open that a public door must not: with httptools it limits neither the
time nor the size of a request's headers, nor the time of its body. While the other side has to send
there is a deadline here, and between requests uvicorn's keep-alive time-out is one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from gateway.metrics import GatewayMetrics


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """What one connection may take, in seconds and bytes, and how many there may be.

    headers_seconds: from the connection, or the first byte of a later request, to the end of the
    headers. body_seconds: from there to the end of the body. idle_seconds: between requests.
    linger_seconds: for the other side to read our last answer.
    header_bytes: of a request's headers, at least. request_bytes: of a request with its framing.
    """

    headers_seconds: float = 5.0
    body_seconds: float = 10.0
    idle_seconds: float = 5.0
    linger_seconds: float = 1.0
    header_bytes: int = 32 * 1024
    request_bytes: int = 2 * 1024 * 1024
    connections: int = 1000


class _Phase(Enum):
    HEADERS = "headers"
    BODY = "body"
    # The answer is ours to give, or was given and no other request has begun: the enqueueing has a
    # deadline of its own, and from the answer on uvicorn counts the idle time.
    ANSWER = "answer"


class GuardedProtocol(HttpToolsProtocol):
    """One connection, with a deadline while the other side has to send.

    The keyword arguments are uvicorn's, but for the first two.
    """

    def __init__(
        self, *, limits: ConnectionLimits, metrics: GatewayMetrics, **uvicorn_arguments: Any
    ) -> None:
        super().__init__(**uvicorn_arguments)
        self._limits = limits
        self._metrics = metrics
        self._phase = _Phase.ANSWER
        self._deadline: asyncio.TimerHandle | None = None
        self._received = 0
        self._seconds = {
            _Phase.HEADERS: limits.headers_seconds,
            _Phase.BODY: limits.body_seconds,
        }

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begins to wait for headers, or ends at once where there are too many connections."""
        super().connection_made(LingeringTransport(transport, self._limits.linger_seconds))
        self._metrics.connections.inc()
        if len(self.connections) > self._limits.connections:
            # Before anything is read, so that a flood costs as little as can be.
            self._metrics.cut.labels("too_many").inc()
            transport.abort()
            return
        self._enter(_Phase.HEADERS)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forgets the deadline."""
        self._enter(_Phase.ANSWER)
        self._metrics.connections.dec()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parses, unless the connection is being ended: then what still comes is dropped."""
        if self.transport.is_closing():
            return
        if self._phase is _Phase.ANSWER:
            # Also for empty lines, which the parser takes before a request without a word, and
            # each of which would put off the keep-alive time-out.
            self._enter(_Phase.HEADERS)
        super().data_received(data)
        self._received += len(data)
        if self._phase is _Phase.HEADERS and self._received > self._limits.header_bytes:
            self._cut("headers_too_large", HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        elif self._received > self._limits.request_bytes:
            # Bodies have caps of their own; this is for endless chunk extensions and trailers.
            self._cut("request_too_large", HTTPStatus.REQUEST_ENTITY_TOO_LARGE)

    def on_message_begin(self) -> None:
        """A request's first byte."""
        super().on_message_begin()
        self._received = 0
        if self._phase is not _Phase.HEADERS:
            self._enter(_Phase.HEADERS)

    def on_headers_complete(self) -> None:
        """The body is next."""
        super().on_headers_complete()
        self._enter(_Phase.BODY)

    def on_message_complete(self) -> None:
        """The answer is next; an earlier one was a refusal, and the connection is being closed."""
        super().on_message_complete()
        self._enter(_Phase.ANSWER)

    def send_400_response(self, msg: str) -> None:
        """The answer to what is no HTTP."""
        self._metrics.cut.labels("malformed").inc()
        super().send_400_response(msg)

    def _enter(self, phase: _Phase) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        self._phase = phase
        seconds = self._seconds.get(phase)
        self._deadline = None if seconds is None else self.loop.call_later(seconds, self._expire)

    def _expire(self) -> None:
        self._cut(f"slow_{self._phase.value}", HTTPStatus.REQUEST_TIMEOUT)

    def _cut(self, reason: str, status: HTTPStatus) -> None:
        if self.transport.is_closing():
            return
        self._metrics.cut.labels(reason).inc()
        answering = self._phase is not _Phase.HEADERS and self.cycle.response_started
        if self._received and not answering:
            self.transport.write(_last_answer(status))
        self.transport.close()


def _last_answer(status: HTTPStatus) -> bytes:
    content = status.phrase.encode()
    head = (
        f"HTTP/1.1 {status.value} {status.phrase}\r\ncontent-type: text/plain; charset=utf-8\r\n"
        f"content-length: {len(content)}\r\nconnection: close\r\n\r\n"
    )
    return head.encode() + content


class LingeringTransport(asyncio.Transport):
    """A transport whose `close` lets the other side read what was written last.

    Closing a socket that still has unread bytes, the rest of a body that is too large, resets the
    connection, and the answer that explains it is lost on the way. So: end our direction, drop what
    still comes, and close when the other side does or after `seconds`.
    """

    def __init__(self, inner: asyncio.Transport, seconds: float) -> None:
        super().__init__()
        self._inner = inner
        self._seconds = seconds
        self._closing = False

    def close(self) -> None:
        """Ends the connection after what was written."""
        if self.is_closing():
            return
        self._closing = True
        self._inner.write_eof()
        self._inner.resume_reading()
        asyncio.get_running_loop().call_later(self._seconds, self._inner.abort)

    def is_closing(self) -> bool:
        """True from the call of `close`, or the loss of the connection, on."""
        return self._closing or self._inner.is_closing()

    def abort(self) -> None:
        """Ends the connection now."""
        self._inner.abort()

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Sends, unless `close` was called."""
        if not self._closing:
            self._inner.write(data)

    def writelines(self, list_of_data: Iterable[bytes | bytearray | memoryview]) -> None:
        """Sends each, unless `close` was called."""
        if not self._closing:
            self._inner.writelines(list_of_data)

    def pause_reading(self) -> None:
        """Leaves what comes to the operating system's buffers."""
        if not self._closing:
            self._inner.pause_reading()

    def resume_reading(self) -> None:
        """Undoes `pause_reading`."""
        if not self.is_closing():
            self._inner.resume_reading()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """As the transport has it."""
        return self._inner.get_extra_info(name, default)
