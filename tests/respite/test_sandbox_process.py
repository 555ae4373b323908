"""What the sandbox process adds to the sandbox."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message

from respite.sandbox import idle_app, seen_as


def get(app: ASGIApp, path: str) -> tuple[int, Any]:
    """Status and JSON of one request under the host `sandbox:8090`."""
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "query_string": b"",
        "scheme": "http",
        "headers": [(b"accept", b"*/*"), (b"host", b"sandbox:8090")],
        "server": ("sandbox", 8090),
    }

    async def call() -> None:
        await app(scope, receive, send)

    asyncio.run(call())
    body = b"".join(message.get("body", b"") for message in sent[1:])
    return sent[0]["status"], json.loads(body) if body.startswith(b"{") else None


async def base_of(request: Request) -> JSONResponse:
    return JSONResponse({"base": str(request.base_url)})


def test_links_lead_to_where_a_browser_finds_the_pages() -> None:
    app = Starlette(routes=[Route("/", base_of)])
    assert get(app, "/") == (200, {"base": "http://sandbox:8090/"})
    seen = seen_as(app, "https://localhost:8099/")
    assert get(seen, "/") == (200, {"base": "https://localhost:8099/"})


def test_an_idle_sandbox_is_healthy_and_stands_in_for_nobody() -> None:
    assert get(idle_app(), "/sandbox/status")[0] == 200
    assert get(idle_app(), "/v1/customers")[0] == 404
    assert get(idle_app(), "/2010-04-01/Accounts/AC1/Messages.json")[0] == 404
