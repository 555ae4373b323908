"""The provider's SDK on the wire: time-outs that hold, a silent log, another base if need be."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp
from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.http.response import Response

from kit import tracing

asked_to_wait: ContextVar[timedelta | None] = ContextVar("respiteasked_to_wait", default=None)
"""Retry-After of this task's last answer: the SDK's exception does not carry it."""


# No address: it holds ids of the account, and of whoever is texted.
_ATTRIBUTES: Final = {"server.address": "api.twilio.com"}


class TooLate(Exception):
    """There is too little time left for a request that has not begun."""


class LastLook:
    """Asked once more whether to send, right before the first byte of a request is written.

    said_no: True from the moment on at which it forbade the request, of which nothing was written.
    """

    def __init__(self, may_send: Callable[[], bool]) -> None:
        self._may_send = may_send
        self._written = False
        self.said_no = False

    def take(self) -> None:
        """Raises TooLate where the request must not begin; one that has begun goes on."""
        if not self._written and not self._may_send():
            self.said_no = True
            raise TooLate

    def take_before_writing(self) -> None:
        """The same; if it passes, bytes follow at once."""
        self.take()
        self._written = True


last_look: ContextVar[LastLook | None] = ContextVar("respite_last_look", default=None)
"""Of the request that this task makes: the SDK has no way to hand it on."""


def _looking() -> aiohttp.TraceConfig:
    """aiohttp asks when it has a connection, when it has the headers and, since it writes those
    together with the body, when it hands both to the socket."""
    trace = aiohttp.TraceConfig()

    async def before(*_: object) -> None:
        if (look := last_look.get()) is not None:
            look.take()

    async def before_writing(*_: object) -> None:
        if (look := last_look.get()) is not None:
            look.take_before_writing()

    trace.on_connection_create_end.append(before)
    trace.on_connection_reuseconn.append(before)
    trace.on_request_headers_sent.append(before)
    trace.on_request_chunk_sent.append(before_writing)
    return trace


class TwilioHttp(AsyncTwilioHttpClient):  # type: ignore[misc]  # the SDK has no types
    """The SDK's client with time-outs that hold, and another base where one is given."""

    def __init__(
        self, base_url: str | None, connect_timeout: timedelta, request_timeout: timedelta
    ) -> None:
        silent = logging.getLogger("respite.twilio")  # the SDK logs bodies and numbers
        silent.disabled = True
        super().__init__(logger=silent, trace_configs=[_looking()])
        self._base = urlsplit(base_url) if base_url else None
        self._timeout = aiohttp.ClientTimeout(
            total=request_timeout.total_seconds(), sock_connect=connect_timeout.total_seconds()
        )

    async def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Response:
        """One request; raises aiohttp's errors and TimeoutError."""
        kwargs["timeout"] = self._timeout
        with tracing.span("Twilio", "client", attributes=_ATTRIBUTES) as span:
            span.note("http.request.method", method.upper())
            response = await self._request(method, self._rebased(url), *args, **kwargs)
            span.note("http.response.status_code", response.status_code)
        asked_to_wait.set(_retry_after(response.headers or {}))
        return response

    async def _request(
        self,
        method: str,
        url: str,
        params: Mapping[str, Any] | None = None,
        data: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: aiohttp.ClientTimeout | None = None,
        allow_redirects: bool = False,
    ) -> Response:
        known = {"Authorization": aiohttp.encode_basic_auth(*auth)} if auth else {}
        async with self.session.request(
            method.upper(),
            url,
            params=params,
            data=data,
            headers={**(headers or {}), **known},
            timeout=timeout,
            allow_redirects=allow_redirects,
        ) as response:
            return Response(response.status, await response.text(), response.headers)

    def _rebased(self, url: str) -> str:
        if self._base is None:
            return url
        parts = urlsplit(url)
        if parts.scheme != "https" or not parts.netloc.endswith(".twilio.com"):
            raise ValueError("not an address of Twilio's")
        return parts._replace(scheme=self._base.scheme, netloc=self._base.netloc).geturl()


def _retry_after(headers: Mapping[str, str]) -> timedelta | None:
    text = headers.get("Retry-After", "")
    return timedelta(seconds=min(int(text), 300)) if text.isdecimal() else None
