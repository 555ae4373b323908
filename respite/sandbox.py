"""The sandbox process: `respite serve sandbox`."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar, Literal

import uvicorn
import uvloop
from pydantic import Field, SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from kit.clock import MovableClock
from kit.logging import configure_logging, get_logger
from kit.process import async_stop_event_on_signals, cannot_listen
from kit.settings import load
from respite.home import Home
from respite.providers import (
    SANDBOX_ACCOUNT_SID,
    SANDBOX_FROM_NUMBER,
    SANDBOX_PRICE_ID,
    SandboxSecrets,
)
from respite.sandbox_jobs import LineClock, Queue
from respite.settings import NamedSettings
from sandbox.app import create_app
from sandbox.settings import BANNER
from sandbox.settings import SandboxSettings as AppSettings

log = get_logger(__name__)

_FIXED = SandboxSecrets()
_BANNER_IF_REAL = "Twilio is real here: what the line answers is sent, and costs."
_FROM_RULES = "There is no OpenAI key, so the assistant answers from rules."


class SandboxSettings(NamedSettings):
    """What the sandbox is told by its environment. Times are seconds.

    sandbox_public_url: how a browser reaches the pages, where that is not how the services do.
    real_credentials: not empty where providers are real, so that nothing has to be stood in for.
    assistant: who answers, for the page to say; nobody but the worker has the key itself.
    development_clock: where it says how far it has moved the clock, for all who are told the same.
    """

    process: ClassVar[str] = "sandbox"

    sandbox_port: int = Field(8090, ge=0, le=65535)
    sandbox_public_url: str = ""
    sandbox_database: Path = Field(default_factory=lambda: Home.of(os.environ).path / "sandbox.db")
    real_credentials: str = ""
    jobs_address: str = "dns:///localhost:50055"
    assistant: Literal["rules", "openai"] = "rules"
    development_clock: Path | None = None

    gateway_url: str = "http://localhost:8080"
    public_url: str = "http://localhost:8080"
    twilio_account_sid: str = SANDBOX_ACCOUNT_SID
    twilio_auth_token: SecretStr = SecretStr(_FIXED.auth_token)
    twilio_from_number: str = SANDBOX_FROM_NUMBER
    stripe_secret_key: SecretStr = SecretStr(_FIXED.stripe_key)
    stripe_webhook_secret: SecretStr = SecretStr(_FIXED.webhook_secret)
    stripe_price_id: str = SANDBOX_PRICE_ID

    def for_app(self) -> AppSettings:
        """The same as the sandbox wants it."""
        return AppSettings(
            gateway_url=self.gateway_url,
            public_url=self.public_url,
            account_sid=self.twilio_account_sid,
            auth_token=self.twilio_auth_token.get_secret_value(),
            from_number=self.twilio_from_number,
            stripe_secret_key=self.stripe_secret_key.get_secret_value(),
            webhook_secret=self.stripe_webhook_secret.get_secret_value(),
            price_id=self.stripe_price_id,
            database=str(self.sandbox_database),
            waits_for_gateway=True,
            banner=_BANNER_IF_REAL if self.twilio_account_sid != SANDBOX_ACCOUNT_SID else BANNER,
            notice=_FROM_RULES if self.assistant == "rules" else "",
        )


class _Server(uvicorn.Server):
    """uvicorn without its signal handlers, which would end the process before it has drained."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def seen_as(app: ASGIApp, public_url: str) -> ASGIApp:
    """Makes links to pages begin with `public_url`, whatever host the request came in under."""
    scheme, _, host = public_url.rstrip("/").partition("://")

    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            others = [(name, value) for name, value in scope["headers"] if name != b"host"]
            headers = [*others, (b"host", host.encode())]
            scope = {**scope, "scheme": scheme, "headers": headers}
        await app(scope, receive, send)

    return wrapped


def idle_app() -> Starlette:
    """What answers where the providers are real: it is healthy and stands in for nobody."""

    async def status(_request: Request) -> JSONResponse:
        return JSONResponse({"off": "provider credentials are configured"})

    return Starlette(routes=[Route("/sandbox/status", status), Route("/", status)])


async def _run(settings: SandboxSettings) -> None:
    stop = async_stop_event_on_signals()
    queue = Queue(settings.jobs_address, settings.tls_files)
    clock = settings.development_clock
    line_clock = LineClock(MovableClock(clock), queue) if clock else None
    app = (
        idle_app()
        if settings.real_credentials
        else create_app(settings.for_app(), queue.newest, line_clock)
    )
    seen = seen_as(app, settings.sandbox_public_url) if settings.sandbox_public_url else app
    server = _Server(
        uvicorn.Config(
            seen,
            host=settings.bind_host,
            port=settings.sandbox_port,
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=3,
        )
    )
    serving = asyncio.create_task(server.serve())
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    if hasattr(app.state, "sandbox"):
        app.state.sandbox.hang_up()
    server.should_exit = True
    stopping.cancel()
    await serving
    await queue.close()
    log.info("sandbox_stopped")


def main() -> None:
    """Runs the sandbox until SIGTERM. Raises CannotListen."""
    settings = load(SandboxSettings)
    configure_logging(settings.process, settings.log_level, settings.log_format)
    try:
        uvloop.run(_run(settings))
    except SystemExit as error:  # uvicorn's way of saying that it could not open the port
        if error.code:
            problem = cannot_listen(settings.bind_host, settings.sandbox_port, "SANDBOX_PORT")
            raise problem from None
        raise
