"""The provider's SDK on the wire: time-outs that hold, a silent log, another base if need be."""

from __future__ import annotations

import logging
from collections.abc import Mapping
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


class TwilioHttp(AsyncTwilioHttpClient):  # type: ignore[misc]  # the SDK has no types
    """The SDK's client with time-outs that hold, and another base where one is given."""

    def __init__(
        self, base_url: str | None, connect_timeout: timedelta, request_timeout: timedelta
    ) -> None:
        silent = logging.getLogger("respite.twilio")  # the SDK logs bodies and numbers
        silent.disabled = True
        super().__init__(logger=silent)
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
