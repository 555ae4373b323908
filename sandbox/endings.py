"""Answers that are no answers: connections that break or hang.

A stand-in provider has to fail as a network does, without any HTTP. Under uvicorn the ASGI receive
callable belongs to the request's cycle, which holds the transport; under another server the
connection is broken in the middle of the response instead.
"""

import asyncio

from starlette.responses import Response
from starlette.types import Receive, Scope, Send


class Dropped(Response):
    """Closes the connection without a byte of an answer."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Break the connection."""
        transport = getattr(getattr(receive, "__self__", None), "transport", None)
        if transport is None:
            headers = [(b"content-length", b"1")]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            return
        transport.abort()
        while (await receive())["type"] != "http.disconnect":
            continue


class Hanging(Dropped):
    """Answers nothing until the caller leaves, `seconds` pass or the sandbox stops."""

    def __init__(self, seconds: float, stopping: asyncio.Event) -> None:
        super().__init__()
        self._seconds = seconds
        self._stopping = stopping

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hang, then break the connection."""
        leaving = asyncio.ensure_future(_left(receive))
        stopping = asyncio.ensure_future(self._stopping.wait())
        try:
            await asyncio.wait(
                {leaving, stopping},
                timeout=self._seconds,
                return_when=asyncio.FIRST_COMPLETED,
            )
        finally:
            stopping.cancel()
            gone = leaving.done()
            leaving.cancel()
        if not gone:
            await super().__call__(scope, receive, send)


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        continue
