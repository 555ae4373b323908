"""Where Stripe's checkout page leads a person back to: a page that says what happens next.

It says the same to everybody and reads nothing of the request. Whether somebody has paid is told by
Stripe, in a webhook and when it is asked.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

_STYLE: Final = """
:root { color-scheme: light dark; --page: #f6f3ee; --card: #fff; --ink: #1f2a2c; --soft: #55646a; }
@media (prefers-color-scheme: dark) {
  :root { --page: #12181a; --card: #1b2326; --ink: #ecf1f0; --soft: #a9b6b9; }
}
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1.5rem;
  box-sizing: border-box; background: var(--page); color: var(--ink);
  font: 1.125rem/1.6 system-ui, sans-serif; }
main { max-width: 28rem; padding: 2rem; border-radius: 1.25rem; background: var(--card);
  overflow-wrap: anywhere; }
h1 { margin: 0 0 .75rem; font-size: 1.5rem; line-height: 1.25; }
p { margin: 0 0 .75rem; }
p:last-child { margin: 0; color: var(--soft); font-size: 1rem; }
"""
_HASH: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_HASH}';"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    # The address may carry the id of a checkout session.
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_PAGE: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title><link rel="icon" href="data:,"><style>{style}</style></head>
<body><main><h1>{title}</h1><p>{text}</p>
<p>You can close this page. In a crisis call or text 988, any time.</p></main></body></html>
"""
_PAGES: Final = {
    "/subscribed": (
        "Thank you. You're subscribed.",
        "In a moment we'll text you a welcome. From then on, text us whenever you like.",
    ),
    "/not-subscribed": (
        "Nothing was charged.",
        "If you change your mind, use the link in our text again, or text us and we'll send it.",
    ),
}


def routes() -> list[Route]:
    """Both pages, for GET and HEAD."""
    return [
        Route(path, _served(path, _PAGE.format(title=title, text=text, style=_STYLE)))
        for path, (title, text) in _PAGES.items()
    ]


def _served(path: str, page: str) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        # Another spelling of the path matches the route too, but nobody was given such a URL.
        if request.scope["raw_path"] != path.encode():
            raise HTTPException(HTTPStatus.NOT_FOUND)
        return HTMLResponse(page, headers=_HEADERS)

    return endpoint
