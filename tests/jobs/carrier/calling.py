"""Calling a carrier from a test that has no event loop."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from services.jobs.carrier import SendOutcome, TwilioCarrier
from tests.jobs.carrier.conftest import STATUS_URL
from tests.sandbox.running import ANA, SETTINGS, RunningSandbox

T = TypeVar("T")

BODY = "You are not alone in this."


def call(url: str, deed: Callable[[TwilioCarrier], Awaitable[T]], **changes: Any) -> T:
    """What `deed` returns, given a carrier whose provider is at `url`."""

    async def go() -> T:
        settings: dict[str, Any] = {
            "account_sid": SETTINGS.account_sid,
            "auth_token": "token-one",
            "sender": SETTINGS.from_number,
            "status_url": STATUS_URL,
            "base_url": url,
        }
        carrier = TwilioCarrier(**{**settings, **changes})
        try:
            async with asyncio.timeout(60):
                return await deed(carrier)
        finally:
            await carrier.close()

    return asyncio.run(go())


def send(url: str, to: str = ANA, body: str = BODY, **changes: Any) -> SendOutcome:
    """The outcome of one text."""
    return call(url, lambda carrier: carrier.send(to, body), **changes)


def find(
    sandbox: RunningSandbox, body: str = BODY, since: datetime | None = None, to: str = ANA
) -> list[str] | None:
    """What the provider has of this body, since an hour ago unless told otherwise."""
    start = since or datetime.now(UTC) - timedelta(hours=1)
    return call(sandbox.url, lambda carrier: carrier.find(to, body, start))


@contextmanager
def nobody_listening() -> Iterator[str]:
    """An address that refuses connections."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


@contextmanager
def nobody_accepting() -> Iterator[str]:
    """An address where a connection is never made: its queue is full and stays so."""
    with socket.socket() as full, socket.socket() as first:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        first.connect(full.getsockname())
        second = socket.socket()
        second.setblocking(False)
        second.connect_ex(full.getsockname())
        try:
            yield f"http://127.0.0.1:{full.getsockname()[1]}"
        finally:
            second.close()
