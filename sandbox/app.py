"""The sandbox as one web application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.accounts import Accounts
from sandbox.control import Control
from sandbox.jobs import ListJobs
from sandbox.line import LineClock
from sandbox.openai import OpenAI, OpenAIDialect
from sandbox.openai import refusal as openai_refusal
from sandbox.pages import Pages
from sandbox.provider import Dialect, Provider
from sandbox.settings import SandboxSettings
from sandbox.stripe_api import Stripe
from sandbox.stripe_forms import StripeDialect, StripeRefusal
from sandbox.system import Sandbox
from sandbox.twilio import Twilio
from sandbox.twilio_dialect import TwilioDialect
from sandbox.twilio_dialect import refusal as twilio_refusal


def create_app(
    settings: SandboxSettings,
    list_jobs: ListJobs | None = None,
    line_clock: LineClock | None = None,
) -> Starlette:
    """Make a sandbox. Its store opens and its webhooks flow while the application's lifespan runs.

    `list_jobs` lets the phone page show what the queue does, `line_clock` is moved with the
    providers'. `app.state.sandbox` is the running
    Sandbox; call its `hang_up()` before a graceful stop, so that the server does not wait for
    connections a fault keeps hanging.
    """

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        sandbox = Sandbox(settings, list_jobs, line_clock)
        app.state.sandbox = sandbox
        app.router.routes.extend(_routes(sandbox))
        await sandbox.start()
        try:
            yield
        finally:
            await sandbox.stop()
            app.router.routes.clear()

    return Starlette(lifespan=lifespan, exception_handlers={404: _unknown, 405: _unknown})


def _routes(sandbox: Sandbox) -> list[Route]:
    def provider(dialect: Dialect) -> Provider:
        return Provider(dialect, sandbox.faults, sandbox.recorder, sandbox.courier.stopping)

    settings, store = sandbox.settings, sandbox.store
    twilio = Twilio(settings, store, sandbox.faults, sandbox.messages, provider(TwilioDialect()))
    stripe = Stripe(settings, store, sandbox.ledger, provider(StripeDialect()))
    openai = OpenAI(settings, sandbox.clock, provider(OpenAIDialect()))
    accounts = Accounts(settings, twilio, provider(TwilioDialect()), stripe)
    return [
        *twilio.routes(),
        *accounts.routes(),
        *openai.routes(),
        *stripe.routes(),
        *Control(sandbox).routes(),
        *Pages(sandbox).routes(),
    ]


async def _unknown(request: Request, error: Exception) -> Response:
    """Say in the caller's own dialect that an address or method does not exist."""
    status = error.status_code if isinstance(error, HTTPException) else 404
    path = request.url.path
    if path.startswith("/2010-04-01/"):
        return twilio_refusal(status, 20404, path=path)
    if path.startswith("/v1/responses"):
        return openai_refusal(status, f"Unknown request URL: {request.method} {path}.")
    if path.startswith("/v1/"):
        return StripeRefusal(status, f"Unrecognized request URL ({path}).").response()
    return JSONResponse({"error": f"{request.method} {path} is not known"}, status)
