"""What the provider took from us, as it lists it: for whoever restored a backup."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

from twilio.rest import Client

from services.jobs.carrier.account import AccountProblem, asked
from services.jobs.carrier.http import TwilioHttp
from services.jobs.carrier.well_formed import well_formed

T = TypeVar("T")

LARGEST_PAGE: Final = 1000
"""The most that the provider lists at once (twilio.com/docs/usage/twilios-response#pagination)."""

TRIAL: Final = "Sent from your Twilio trial account - "
"""What Twilio puts before every text of an account that has not paid yet."""

_CONNECT: Final = timedelta(seconds=3)
_PAGE: Final = timedelta(seconds=30)
_PAUSES: Final = (1.0, 4.0)


@dataclass(frozen=True, slots=True)
class SentText:
    """A text that the provider took. recipient: E.164. taken_at: by its clock, to the second.
    status, error_code: its words for what became of it, "" for no error."""

    sid: str
    recipient: str
    body: str
    taken_at: datetime
    status: str
    error_code: str


async def numbers_of(client: Client, sender: str) -> Sequence[str]:
    """The numbers that we send from and people text. sender: one, or "MG…" of a service."""
    if not sender.startswith("MG"):
        return (sender,)
    service = client.messaging.v1.services(sender)
    listed = await service.phone_numbers.list_async(limit=LARGEST_PAGE)
    return [str(each.phone_number) for each in listed]


async def sent_since(
    account_sid: str, auth_token: str, sender: str, base_url: str | None, since: datetime
) -> AsyncIterator[Sequence[SentText]]:
    """Pages of all that was taken since then, of each number the newest first.

    sender: our number, or "MG…" of a messaging service. A page is asked for three times, each time
    for at most 30 s. Raises AccountProblem.
    """
    http = TwilioHttp(base_url, _CONNECT, _PAGE)
    client = Client(account_sid, auth_token, http_client=http)
    try:
        for number in await _patiently(lambda: numbers_of(client, sender)):
            async for page in _pages(client, number):
                yield [_text_of(each) for each in page if _moment(each) >= since]
                # Not narrowed by DateSent, which what still waits at the provider lacks.
                if all(_moment(each) < since for each in page):
                    break
    finally:
        await http.close()


async def _pages(client: Client, number: str) -> AsyncIterator[Sequence[Any]]:
    page = await _patiently(
        lambda: client.messages.page_async(from_=number, page_size=LARGEST_PAGE)
    )
    while page is not None:
        yield list(page)
        page = await _patiently(page.next_page_async)


async def _patiently(call: Callable[[], Awaitable[T]]) -> T:
    for pause in _PAUSES:
        try:
            return await asked(call)
        except AccountProblem as problem:
            if not problem.away:
                raise
        await asyncio.sleep(pause)
    return await asked(call)


def _moment(message: Any) -> datetime:
    moment: datetime = message.date_created
    return moment


def _text_of(message: Any) -> SentText:
    return SentText(
        sid=str(message.sid),
        recipient=str(message.to),
        body=well_formed(str(message.body or "")).removeprefix(TRIAL),
        taken_at=_moment(message),
        status=str(message.status),
        error_code=str(message.error_code or ""),
    )
