"""The pages: the phone, the checkout behind a payment link, the billing portal."""

from collections.abc import Awaitable, Callable
from html import escape
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from sandbox import stripe_checkout, stripe_life
from sandbox.stripe_forms import StripeRefusal
from sandbox.stripe_objects import Thing
from sandbox.system import Sandbox

_STATIC: Final = Path(__file__).parent / "static"
_TYPES: Final = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
}
_HEADERS: Final = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self';"
    " connect-src 'self'; img-src data:; form-action 'self'; base-uri 'none';"
    " frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_PORTAL_ACTIONS: Final = {
    "cancel_at_period_end": "Cancel at the end of the period",
    "cancel": "Cancel now",
    "recover": "Pay the open invoice",
    "resume": "Resume",
}
# By status; one that has ended offers nothing.
_OFFERED: Final = {
    **dict.fromkeys(("active", "trialing"), ("cancel_at_period_end", "cancel")),
    **dict.fromkeys(("past_due", "unpaid", "incomplete"), ("recover", "cancel")),
    "paused": ("resume", "cancel"),
}
_FRAME: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} – Respite sandbox</title><link rel="icon" href="data:,">
<link rel="stylesheet" href="/phone.css"></head><body>
<p class="banner" role="note"><strong>Nothing leaves this machine.</strong> No card is charged.</p>
<main class="pages"><div class="card"><p class="brand">Respite sandbox, in place of Stripe</p>
<h1>{title}</h1>{content}<p class="help"><a href="/">Back to the phone</a></p></div></main>
</body></html>"""


def _frame(title: str, content: str, status: int = 200) -> Response:
    page = _FRAME.format(title=escape(title), content=content)
    return HTMLResponse(page, status, _HEADERS)


class Pages:
    """Serves the phone page and the pages that links in texts lead to."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def routes(self) -> list[Route]:
        """The routes of the pages."""
        return [
            Route("/", _static("phone.html"), methods=["GET"]),
            Route("/phone.css", _static("phone.css"), methods=["GET"]),
            Route("/phone.js", _static("phone.js"), methods=["GET"]),
            Route("/path.js", _static("path.js"), methods=["GET"]),
            Route("/healthz", _alive, methods=["GET"]),
            Route("/sandbox/checkout/{id}", self._checkout, methods=["GET"]),
            Route("/sandbox/checkout/{id}", self._pay, methods=["POST"]),
            Route("/sandbox/portal/{id}", self._portal, methods=["GET"]),
            Route("/sandbox/portal/{id}", self._manage, methods=["POST"]),
        ]

    async def _checkout(self, request: Request) -> Response:
        session = self._sandbox.ledger.find(request.path_params["id"])
        if session is None or session["object"] != "checkout.session":
            return _frame("No such checkout", "<p>This link leads nowhere.</p>", 404)
        if session["status"] != "open":
            return _frame("Checkout", f"<p>This checkout is {escape(session['status'])}.</p>", 410)
        phone = escape(request.query_params.get("phone", ""))
        amount = f"${session['amount_total'] / 100:.2f}"
        return _frame(
            "Checkout",
            f"<p class='price'><span>Respite, until canceled</span><span>{amount}</span></p>"
            "<form method='post'><div><label for='phone'>Your phone number</label>"
            f"<input id='phone' name='phone' type='tel' autocomplete='tel' value='{phone}'></div>"
            f"<button>Pay {amount}</button></form>",
        )

    async def _pay(self, request: Request) -> Response:
        if _foreign(request):
            return JSONResponse({"error": "not from another site"}, 403)
        asked = parse_qs((await request.body()).decode(errors="replace"))
        phone = (asked.get("phone") or [""])[0].strip() or None
        sandbox, session_id = self._sandbox, request.path_params["id"]
        try:
            session = sandbox.ledger.get("checkout.session", session_id)
            shown = phone if session["phone_number_collection"]["enabled"] else None
            with sandbox.store.transaction():
                paid = stripe_checkout.complete(
                    sandbox.ledger, session_id, payer=phone, shown_phone=shown
                )
        except StripeRefusal as refusal:
            if _wants_json(request):
                return JSONResponse({"error": str(refusal)}, refusal.status)
            return _frame("Checkout", f"<p>{escape(str(refusal))}</p>", refusal.status)
        if _wants_json(request):
            return JSONResponse(paid.as_json())
        onward = escape(session["success_url"] or "")
        link = f"<a href='{onward}' rel='noreferrer'>{onward}</a>" if _is_web(onward) else onward
        return _frame("Paid", f"<p>Thank you. Stripe would lead you on to {link}.</p>")

    async def _portal(self, request: Request) -> Response:
        session = self._sandbox.ledger.find(request.path_params["id"])
        if session is None or session["object"] != "billing_portal.session":
            return _frame("No such portal", "<p>This link leads nowhere.</p>", 404)
        found = self._sandbox.ledger.all("subscription", customer=session["customer"])
        return _frame("Billing", "".join(map(_managed, found)) or "<p>No subscription.</p>")

    async def _manage(self, request: Request) -> Response:
        if _foreign(request):
            return JSONResponse({"error": "not from another site"}, 403)
        asked = parse_qs((await request.body()).decode(errors="replace"))
        subscription, action = ((asked.get(n) or [""])[0] for n in ("subscription", "action"))
        try:
            if action not in _PORTAL_ACTIONS:
                raise StripeRefusal(404, "No such action.")
            with self._sandbox.store.transaction():
                stripe_life.act(self._sandbox.ledger, subscription, action, {})
        except StripeRefusal as refusal:
            return _frame("Billing", f"<p>{escape(str(refusal))}</p>", refusal.status)
        return RedirectResponse(request.url.path, 303)


def _managed(subscription: Thing) -> str:
    offered = _OFFERED.get(subscription["status"], ())
    ending = ", ends with its period" if subscription["cancel_at_period_end"] else ""
    buttons = "".join(
        f"<button name='action' value='{action}'>{label}</button>"
        for action, label in _PORTAL_ACTIONS.items()
        if action in offered
    )
    return (
        f"<form method='post'><p class='price'>Subscription: {escape(subscription['status'])}"
        f"{ending}</p>"
        f"<input type='hidden' name='subscription' value='{escape(subscription['id'])}'>"
        f"{buttons}</form>"
    )


def _is_web(address: str) -> bool:
    return address.startswith(("https://", "http://"))


def _foreign(request: Request) -> bool:
    return request.headers.get("sec-fetch-site") == "cross-site"


def _wants_json(request: Request) -> bool:
    return "application/json" in request.headers.get("accept", "")


async def _alive(request: Request) -> Response:
    return JSONResponse({"status": "alive"})


def _static(name: str) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        content = (_STATIC / name).read_bytes()
        return Response(content, 200, _HEADERS, _TYPES[Path(name).suffix])

    return endpoint
