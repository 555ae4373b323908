"""Sending texts through Twilio, exactly once as far as the provider allows.

What a call to the provider can end in is a value (`SendOutcome`): whoever sends must say what to do
with each, above all with `Unknown`, after which nobody knows whether the text went out.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol
from urllib.parse import urlencode, urlsplit

import aiohttp
from twilio.base import values
from twilio.base.exceptions import TwilioRestException
from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client

CONNECT_TIMEOUT = timedelta(seconds=3)
REQUEST_TIMEOUT = timedelta(seconds=10)
"""From the first byte sent to the last byte read; includes connecting."""

LOOKUP_LIMIT = 200
"""How many messages to one number a look-up reads: more than anybody is sent in an hour."""

OPTED_OUT_CODE = "21610"


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider took the text and gave it this id."""

    sid: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The provider will not send this text; its code says why (twilio.com/docs/api/errors)."""

    code: str


@dataclass(frozen=True, slots=True)
class NotSent:
    """The provider surely has not taken the text: trying again is safe.

    reason: class or code for the job's error. delay: how long it asks us to wait, if it does.
    """

    reason: str
    delay: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nobody knows whether the provider took the text."""

    reason: str


SendOutcome = Accepted | Refused | NotSent | Unknown


class Carrier(Protocol):
    """Hands texts to the provider and finds what it was handed."""

    async def send(
        self, to: str, body: str, *, message_id: str = "", validity: timedelta | None = None
    ) -> SendOutcome:
        """Hands one text over; never raises for what the provider or the network does.

        to: E.164. message_id: our id, carried in the query of the status address; empty where there
        is none. validity: how long the provider may keep it in its queue.
        """
        ...

    async def find(self, to: str, body: str, since: datetime) -> list[str] | None:
        """Ids of the texts with this body to this number since then, oldest first.

        None where the provider cannot be asked right now.
        """
        ...


_ACCOUNT_TROUBLE = frozenset({"20003", "20005", "20403", "30034", "21606", "21659", "21660"})
"""Codes that speak of our account or number, not of this text: it goes out once that is mended."""


class TwilioCarrier:
    """The real provider, or the sandbox that speaks like it. Build it inside the running loop."""

    def __init__(
        self,
        *,
        account_sid: str,
        auth_token: str,
        sender: str,
        status_url: str,
        base_url: str | None = None,
    ) -> None:
        """sender: E.164 number, or "MG…" of a messaging service. base_url: of the sandbox."""
        self._http = _Http(base_url)
        self._client = Client(account_sid, auth_token, http_client=self._http)
        self._sender = (
            {"messaging_service_sid": sender} if sender.startswith("MG") else {"from_": sender}
        )
        self._status_url = status_url

    async def close(self) -> None:
        """Closes the connections."""
        await self._http.close()

    async def send(
        self, to: str, body: str, *, message_id: str = "", validity: timedelta | None = None
    ) -> SendOutcome:
        """See Carrier."""
        query = "?" + urlencode({"message_id": message_id}) if message_id else ""
        try:
            message = await self._client.messages.create_async(
                to=to,
                body=body,
                status_callback=self._status_url + query,
                validity_period=int(validity.total_seconds()) if validity else values.unset,
                **self._sender,
            )
        except TwilioRestException as error:
            return self._said_no(error)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            return NotSent(type(error).__name__)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            return Unknown(type(error).__name__)
        return Accepted(str(message.sid)) if message.sid else Unknown("NO_SID")

    def _said_no(self, error: TwilioRestException) -> SendOutcome:
        code = str(error.code or error.status)
        if error.status == 429 or code == "20429":
            return NotSent("TWILIO_20429", _asked_to_wait.get())
        if error.status >= 500 or error.status == 408:
            return Unknown(f"TWILIO_{error.status}")
        if code in _ACCOUNT_TROUBLE or error.status in (401, 403):
            return NotSent(f"TWILIO_{code}", timedelta(seconds=30))
        return Refused(code)

    async def find(self, to: str, body: str, since: datetime) -> list[str] | None:
        """See Carrier."""
        try:
            listed = await self._client.messages.list_async(
                to=to, date_sent_after=since - timedelta(seconds=2), limit=LOOKUP_LIMIT
            )
        except (TwilioRestException, aiohttp.ClientError, TimeoutError, OSError, ValueError):
            return None
        found = [m for m in listed if m.body == body and str(m.direction).startswith("outbound")]
        long_ago = datetime.min.replace(tzinfo=UTC)
        found.sort(key=lambda message: message.date_created or long_ago)
        return [str(message.sid) for message in found]


_asked_to_wait: ContextVar[timedelta | None] = ContextVar("respite_asked_to_wait", default=None)
"""Retry-After of this task's last answer: the SDK's exception does not carry it."""


class _Http(AsyncTwilioHttpClient):
    """The SDK's client with time-outs that hold, and another base where one is given."""

    def __init__(self, base_url: str | None) -> None:
        silent = logging.getLogger("respite.twilio")  # the SDK logs bodies and numbers
        silent.disabled = True
        super().__init__(logger=silent)
        self._base = urlsplit(base_url) if base_url else None

    async def request(  # type: ignore[override]  # the SDK's own subclass narrows no better
        self, method: str, url: str, *args: Any, **kwargs: Any
    ) -> Response:
        kwargs["timeout"] = aiohttp.ClientTimeout(
            total=REQUEST_TIMEOUT.total_seconds(), sock_connect=CONNECT_TIMEOUT.total_seconds()
        )
        response = await self._request(method, self._rebased(url), *args, **kwargs)
        _asked_to_wait.set(_retry_after(response.headers or {}))
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
        async with self.session.request(
            method.upper(),
            url,
            params=params,
            data=data,
            headers=headers,
            auth=aiohttp.BasicAuth(*auth) if auth else None,
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
    return timedelta(seconds=min(int(text), 300)) if text.isdigit() else None
