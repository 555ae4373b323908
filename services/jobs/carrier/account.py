"""What the provider is set to do with texts to us, for whoever checks the settings."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

import aiohttp
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.response import Response
from twilio.rest import Client

from services.jobs.carrier.http import TwilioHttp

T = TypeVar("T")
_TIMEOUT = timedelta(seconds=10)


class AccountProblem(Exception):
    """The provider refused or did not answer; one line. away: the same call may work later."""

    def __init__(self, problem: str, *, away: bool) -> None:
        super().__init__(problem)
        self.away = away


@dataclass(frozen=True, slots=True)
class InboundSettings:
    """Where texts that come in are posted. service: that decides instead of the number itself."""

    url: str
    method: str
    fallback_url: str
    fallback_method: str
    status_callback: str
    ours_decides: bool = True


@dataclass(frozen=True, slots=True)
class Account:
    """The account and how our number or service is set; None where it has no such.

    ahead: how far the provider's clock is ahead of ours, None where it did not say.
    """

    status: str
    inbound: InboundSettings | None
    ahead: timedelta | None


def account_of(account_sid: str, auth_token: str, sender: str, base_url: str | None) -> Account:
    """Asks the provider. sender: our number, or "MG…" of a messaging service.

    Raises AccountProblem.
    """
    return asyncio.run(_account_of(account_sid, auth_token, sender, base_url))


async def _account_of(sid: str, token: str, sender: str, base_url: str | None) -> Account:
    http = _Dated(base_url, _TIMEOUT, _TIMEOUT)
    client = Client(sid, token, http_client=http)
    try:
        account = await asked(lambda: client.api.v2010.accounts(sid).fetch_async())
        inbound = await asked(lambda: _inbound(client, sender))
    finally:
        await http.close()
    return Account(str(account.status), inbound, http.ahead)


async def _inbound(client: Client, sender: str) -> InboundSettings | None:
    if sender.startswith("MG"):
        try:
            service = await client.messaging.v1.services(sender).fetch_async()
        except TwilioRestException as error:
            if error.status == 404:
                return None
            raise
        return InboundSettings(
            url=service.inbound_request_url or "",
            method=service.inbound_method or "POST",
            fallback_url=service.fallback_url or "",
            fallback_method=service.fallback_method or "POST",
            status_callback=service.status_callback or "",
            ours_decides=not service.use_inbound_webhook_on_number,
        )
    found = await client.incoming_phone_numbers.list_async(phone_number=sender, limit=1)
    if not found:
        return None
    number = found[0]
    return InboundSettings(
        url=number.sms_url or "",
        method=number.sms_method or "POST",
        fallback_url=number.sms_fallback_url or "",
        fallback_method=number.sms_fallback_method or "POST",
        status_callback=number.status_callback or "",
    )


async def asked(call: Callable[[], Awaitable[T]]) -> T:
    """What the call returns. Raises AccountProblem."""
    try:
        return await call()
    except TwilioRestException as error:
        away = error.status >= 500 or error.status == 429
        raise AccountProblem(f"status {error.status}, code {error.code}", away=away) from error
    except TwilioException as error:
        # of a page: the SDK hands the answer on as it is
        status = getattr(error.args[-1], "status_code", 0)
        away = status == 0 or status >= 500 or status == 429
        raise AccountProblem(f"status {status}", away=away) from error
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
        problem = f"it does not answer ({type(error).__name__})"
        raise AccountProblem(problem, away=True) from error


class _Dated(TwilioHttp):
    """Also reads the provider's clock."""

    ahead: timedelta | None = None

    async def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Response:
        response = await super().request(method, url, *args, **kwargs)
        with suppress(TypeError, ValueError):
            told = parsedate_to_datetime(str((response.headers or {}).get("Date")))
            self.ahead = told - datetime.now(UTC)
        return response
