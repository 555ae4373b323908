"""Texts as Twilio posts them: signed beforehand, sent over connections that are kept."""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast
from urllib.parse import urlencode

from twilio.request_validator import RequestValidator

from respite.providers import SANDBOX_FROM_NUMBER

PATH = "/twilio/sms"
TEXT = "I could not sleep again, she was up four times and I have to be at work at seven."
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


def number_of(person: int) -> str:
    """A number of a person's own."""
    return f"+1{2_012_000_000 + person}"


def new_sid() -> str:
    """As Twilio numbers texts."""
    return f"SM{random.getrandbits(128):032x}"


def signed_posts(count: int, public_url: str, account_sid: str, token: str) -> list[bytes]:
    """Requests ready to be written, each about another text of another person."""
    texts = [(number_of(person), TEXT) for person in range(count)]
    return posts_of(texts, public_url, account_sid, token)


def posts_of(
    texts: Sequence[tuple[str, str]], public_url: str, account_sid: str, token: str
) -> list[bytes]:
    """Requests ready to be written, one for each text. texts: from whom, and what."""
    validator = RequestValidator(token)

    def post(sender: str, text: str) -> bytes:
        sid = new_sid()
        form = {
            "ToCountry": "US",
            "ToState": "CA",
            "SmsMessageSid": sid,
            "NumMedia": "0",
            "ToCity": "",
            "FromZip": "94107",
            "SmsSid": sid,
            "FromState": "CA",
            "SmsStatus": "received",
            "FromCity": "SAN FRANCISCO",
            "Body": text,
            "FromCountry": "US",
            "To": SANDBOX_FROM_NUMBER,
            "ToZip": "",
            "NumSegments": "1",
            "MessageSid": sid,
            "AccountSid": account_sid,
            "From": sender,
            "ApiVersion": "2010-04-01",
        }
        body = urlencode(form).encode()
        signature = validator.compute_signature(public_url + PATH, form)
        head = (
            f"POST {PATH} HTTP/1.1\r\nHost: localhost\r\nUser-Agent: TwilioProxy/1.1\r\n"
            f"Accept: */*\r\nX-Twilio-Signature: {signature}\r\n"
            "Content-Type: application/x-www-form-urlencoded; charset=UTF-8\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body

    return [post(sender, text) for sender, text in texts]


@dataclass(frozen=True, slots=True)
class Posted:
    """What came of posts: answers that were not 200, seconds in all, and those of each, sorted."""

    refused: int
    elapsed: float
    seconds: list[float]


class _Connection(asyncio.Protocol):
    """One kept connection, one request at a time."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[bool] | None = None
        self._received = b""

    @property
    def is_open(self) -> bool:
        return self._transport is not None and not self._transport.is_closing()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is no subclass of it

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, end, body = self._received.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if end and length and len(body) >= int(length[1]) and self._answer:
            self._received = b""
            self._answer.set_result(head.startswith(b"HTTP/1.1 200 "))
            self._answer = None

    def connection_lost(self, _error: Exception | None) -> None:
        self._transport = None
        if self._answer is not None:
            self._answer.set_result(False)
            self._answer = None

    async def post(self, request: bytes) -> bool:
        """Whether it was answered with 200."""
        assert self._transport is not None
        assert self._answer is None
        answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._answer = answer
        self._transport.write(request)
        return await answer

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


class _Poster:
    """Posts, and keeps account."""

    def __init__(self, port: int, requests: Sequence[bytes]) -> None:
        self._port = port
        self._requests: Iterator[bytes] = iter(requests)
        self._free: list[_Connection] = []
        self._seconds: list[float] = []
        self._refused = 0

    async def one(self, since: float) -> bool:
        """Posts the next and counts the seconds from `since`; False where there is none left."""
        request = next(self._requests, None)
        if request is None:
            return False
        while self._free and not self._free[-1].is_open:
            self._free.pop()  # the server ended it: it had been idle
        connection = self._free.pop() if self._free else await self._connect()
        if await connection.post(request):
            self._seconds.append(time.perf_counter() - since)
        else:
            self._refused += 1
        self._free.append(connection)
        return True

    async def _connect(self) -> _Connection:
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(_Connection, "127.0.0.1", self._port)
        return connection

    def end(self, elapsed: float) -> Posted:
        for connection in self._free:
            connection.close()
        return Posted(self._refused, elapsed, sorted(self._seconds))


async def post_as_answered(
    port: int, requests: Sequence[bytes], connections: int, seconds: float
) -> Posted:
    """So many connections, each posting as soon as it is answered, until time or requests end."""
    poster = _Poster(port, requests)
    began = time.perf_counter()
    end = began + seconds

    async def on_and_on() -> None:
        while (now := time.perf_counter()) < end and await poster.one(now):
            continue

    await asyncio.gather(*(on_and_on() for _ in range(connections)))
    return poster.end(time.perf_counter() - began)


async def post_at_rate(port: int, requests: Sequence[bytes], rate: float) -> Posted:
    """Posts at a steady rate whatever the answers do; seconds count from when one was due."""
    poster = _Poster(port, requests)
    began = time.perf_counter()
    posting = []
    for number in range(len(requests)):
        due = began + number / rate
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        posting.append(asyncio.create_task(poster.one(due)))
    await asyncio.gather(*posting)
    return poster.end(time.perf_counter() - began)
