"""The gateway process: `respite serve gateway`."""

from __future__ import annotations

import asyncio
import re
from typing import Annotated, ClassVar

import uvloop
from prometheus_client import REGISTRY, CollectorRegistry
from pydantic import Field, SecretStr, field_validator, model_validator
from starlette.applications import Starlette

from clients import jobs
from gateway.app import create_app
from gateway.connections import ConnectionLimits
from gateway.jobs import JobQueue
from gateway.metrics import GatewayMetrics
from gateway.server import build_server, listen
from gateway.stripe import StripeWebhooks
from gateway.twilio import TwilioWebhooks
from kit.channel import aio_channel
from kit.clock import Clock, SystemClock
from kit.logging import get_logger
from kit.process import async_stop_event_on_signals
from kit.settings import FileMayBeEmpty, Secrets
from kit.telemetry import HealthServer
from respite.settings import BaseUrl, ProcessSettings
from respite.starting import begin

log = get_logger(__name__)

_ACCOUNT = re.compile(r"(\w+)=([^\s=|,]+(?:\|[^\s=|,]+)*)", re.ASCII)


class GatewaySettings(ProcessSettings):
    """What the gateway is told by its environment. Times are seconds."""

    process: ClassVar[str] = "gateway"

    gateway_port: int = Field(8080, ge=0, le=65535)
    gateway_metrics_port: int = Field(9080, ge=0, le=65535)
    jobs_address: str = "dns:///localhost:50055"

    public_url: BaseUrl = "http://localhost:8080"
    twilio_account_sid: str = ""
    twilio_auth_token: Secrets = ()
    # Further accounts, such as subaccounts: "AC1=token|older token,AC2=token".
    twilio_accounts: Annotated[SecretStr, FileMayBeEmpty()] = SecretStr("")
    stripe_webhook_secret: Secrets = ()
    # Events of the other mode are refused. Where it is not set, the first letters of the key with
    # which billing calls Stripe tell; the gateway has no other use for that key and may go without.
    stripe_livemode: bool | None = None
    stripe_secret_key: SecretStr = SecretStr("")

    # A provider is answered inside 5 s, whatever the jobs service does.
    gateway_enqueue_seconds: float = Field(4.0, gt=0, le=4.5)
    gateway_headers_seconds: float = Field(5.0, gt=0)
    gateway_body_seconds: float = Field(10.0, gt=0)
    gateway_idle_seconds: float = Field(5.0, gt=0)
    gateway_connections: int = Field(1000, ge=1)
    gateway_grace_seconds: float = Field(10.0, gt=0)
    gateway_drain_beat_seconds: float = Field(1.0, ge=0)

    @field_validator("twilio_accounts")
    @classmethod
    def _is_a_list_of_accounts(cls, value: SecretStr) -> SecretStr:
        for entry in _entries(value):
            if not _ACCOUNT.fullmatch(entry):
                raise ValueError("must be like AC1=token|older token,AC2=token")
        return value

    @model_validator(mode="after")
    def _has_account_and_token(self) -> GatewaySettings:
        if self.twilio_auth_token and not self.twilio_account_sid:
            raise ValueError("TWILIO_AUTH_TOKEN is set, but TWILIO_ACCOUNT_SID is not")
        # Or the gateway would answer each text with 404, as if it were another's.
        if self.twilio_account_sid and not self.accounts().get(self.twilio_account_sid):
            raise ValueError("TWILIO_ACCOUNT_SID is set, but TWILIO_AUTH_TOKEN is not")
        return self

    def accounts(self) -> dict[str, list[str]]:
        """Auth tokens by AccountSid."""
        found: dict[str, list[str]] = {}
        if self.twilio_auth_token:
            found[self.twilio_account_sid] = [
                token.get_secret_value() for token in self.twilio_auth_token
            ]
        for entry in _entries(self.twilio_accounts):
            sid, _, tokens = entry.partition("=")
            found.setdefault(sid, []).extend(tokens.split("|"))
        return found

    def livemode(self) -> bool | None:
        """True for live, False for test, None where nothing tells."""
        if self.stripe_livemode is not None:
            return self.stripe_livemode
        kind = re.match(r"[sr]k_(live|test)_", self.stripe_secret_key.get_secret_value())
        return None if kind is None else kind[1] == "live"

    def connection_limits(self) -> ConnectionLimits:
        """The limits of a connection."""
        return ConnectionLimits(
            headers_seconds=self.gateway_headers_seconds,
            body_seconds=self.gateway_body_seconds,
            idle_seconds=self.gateway_idle_seconds,
            connections=self.gateway_connections,
        )


def _entries(accounts: SecretStr) -> list[str]:
    entries = accounts.get_secret_value().split(",")
    return [entry.strip() for entry in entries if entry.strip()]


class Gateway:
    """One gateway with its ports open; `build` makes it."""

    def __init__(
        self, settings: GatewaySettings, clock: Clock, registry: CollectorRegistry
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._registry = registry
        self._ready = False
        self._socket = listen(settings.bind_host, settings.gateway_port, "GATEWAY_PORT")
        self.port: int = self._socket.getsockname()[1]
        self._health = HealthServer(
            settings.bind_host,
            settings.gateway_metrics_port,
            lambda: self._ready,
            registry=registry,
            variable="GATEWAY_METRICS_PORT",
        )
        self.metrics_port = self._health.port

    async def run(self, stop: asyncio.Event) -> None:
        """Serves until `stop` is set, then drains: not ready, a beat, and the posts under way."""
        settings = self._settings
        metrics = GatewayMetrics(self._registry)
        async with aio_channel(
            settings.jobs_address,
            settings.tls_files(),
            service=jobs.SERVICE,
            idempotent_methods=jobs.IDEMPOTENT,
            registry=self._registry,
        ) as channel:
            queue = JobQueue(jobs.JobsClient(channel), settings.gateway_enqueue_seconds)
            server = build_server(
                self._app(queue, metrics),
                settings.connection_limits(),
                metrics,
                settings.gateway_grace_seconds,
            )
            self._health.start()
            serving = asyncio.create_task(server.serve(sockets=[self._socket]))
            stopping = asyncio.create_task(stop.wait())
            self._ready = True
            await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
            self._ready = False
            await asyncio.sleep(settings.gateway_drain_beat_seconds)
            server.should_exit = True
            await serving
            stopping.cancel()
        self._health.stop()
        log.info("gateway_stopped")

    def _app(self, queue: JobQueue, metrics: GatewayMetrics) -> Starlette:
        accounts = self._settings.accounts()
        secrets = [secret.get_secret_value() for secret in self._settings.stripe_webhook_secret]
        twilio = TwilioWebhooks(self._settings.public_url, accounts) if accounts else None
        stripe = (
            StripeWebhooks(secrets, self._settings.livemode(), self._clock) if secrets else None
        )
        log.info("gateway_started", port=self.port, twilio=bool(accounts), stripe=bool(secrets))
        return create_app(twilio, stripe, queue.enqueue, metrics)


def build(
    settings: GatewaySettings,
    *,
    clock: Clock | None = None,
    registry: CollectorRegistry = REGISTRY,
) -> Gateway:
    """The gateway with its ports open. Raises CannotListen.

    clock: tells how old a Stripe signature is, by default the machine's, by which the sandbox signs
    too, however far domain time was moved.
    """
    return Gateway(settings, clock or SystemClock(), registry)


async def _run_until_signalled(gateway: Gateway) -> None:
    await gateway.run(async_stop_event_on_signals())


def main() -> None:
    """Runs the gateway until SIGTERM. Raises CannotListen, CertificateProblem."""
    settings = begin(GatewaySettings)
    gateway = build(settings)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_run_until_signalled(gateway))
