"""Channels to our services: balanced, retried, with a deadline on every call, renewed in place."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Sequence
from types import TracebackType
from typing import Any, cast

import grpc
from prometheus_client import REGISTRY, CollectorRegistry

from kit import tracing
from kit.client_telemetry import MeasuredMethod
from kit.renewing import Opening, Renewing, RenewingMethods
from kit.rpc_tracing import TracedMethod
from kit.tls import CertificateSource, TlsFiles

MOST_BYTES = 4 * 1024 * 1024
DEADLINE_SECONDS = 5.0
# How often a call looks whether the certificate files have changed.
RENEWAL_CHECK_SECONDS = 10.0
# How long a replaced channel stays open for calls under way: longer than any long poll.
RETIREMENT_SECONDS = 60.0


def service_config(service: str, idempotent_methods: Sequence[str]) -> str:
    """The gRPC service config as JSON.

    Calls go to the replicas in turn. The methods of `service` named in `idempotent_methods` are
    tried up to 4 times while UNAVAILABLE. A certificate that is not accepted looks like that too,
    so retries cease after ten failures (retryThrottling) until calls succeed again.
    """
    policy = {
        "maxAttempts": 4,
        "initialBackoff": "0.1s",
        "maxBackoff": "1s",
        "backoffMultiplier": 2,
        "retryableStatusCodes": ["UNAVAILABLE"],
    }
    names = [{"service": service, "method": method} for method in idempotent_methods]
    return json.dumps(
        {
            "loadBalancingConfig": [{"round_robin": {}}],
            "methodConfig": [{"name": names, "retryPolicy": policy}] if names else [],
            "retryThrottling": {"maxTokens": 20, "tokenRatio": 0.5},
        }
    )


def _options(
    target: str, server_name: str | None, service: str, idempotent_methods: Sequence[str]
) -> tuple[tuple[str, Any], ...]:
    if server_name is None and target.startswith("unix:"):
        server_name = "localhost"  # a path is no name that a certificate could carry
    return (
        *((("grpc.default_authority", server_name),) if server_name else ()),
        ("grpc.service_config", service_config(service, idempotent_methods)),
        ("grpc.enable_retries", 1),
        ("grpc.max_receive_message_length", MOST_BYTES),
        ("grpc.max_send_message_length", MOST_BYTES),
        ("grpc.keepalive_time_ms", 30_000),
        ("grpc.keepalive_timeout_ms", 10_000),
        ("grpc.keepalive_permit_without_calls", 1),
        ("grpc.http2.max_pings_without_data", 0),
        # Processes start in any order: look again soon for one that was not there. Longer pauses
        # would keep a text that Twilio posts four times in 12 s out of a queue that is back.
        ("grpc.initial_reconnect_backoff_ms", 200),
        ("grpc.min_reconnect_backoff_ms", 1_000),
        ("grpc.max_reconnect_backoff_ms", 1_000),
    )


class Channel(RenewingMethods, grpc.Channel):
    """A channel for threads; `channel` makes it."""

    def __init__(
        self,
        source: CertificateSource,
        opening: Opening,
        deadline: float,
        check_seconds: float,
    ) -> None:
        self._retired: list[threading.Timer] = []
        self._renewing = Renewing(source, opening, self._retire, check_seconds)
        self._deadline = deadline

    def _retire(self, replaced: grpc.Channel) -> None:
        timer = threading.Timer(RETIREMENT_SECONDS, replaced.close)
        timer.daemon = True
        timer.start()
        self._retired = [each for each in self._retired if each.is_alive()] + [timer]

    def subscribe(self, callback: Any, try_to_connect: bool = False) -> None:
        """Tells of the connectivity of the channel in use now."""
        self._renewing.channel.subscribe(callback, try_to_connect)

    def unsubscribe(self, callback: Any) -> None:
        """Ends what `subscribe` began."""
        self._renewing.channel.unsubscribe(callback)

    def close(self) -> None:
        """Ends every call under way."""
        self._renewing.channel.close()
        for timer in self._retired:
            timer.cancel()
            timer.function()

    def __enter__(self) -> Channel:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


class AsyncChannel(RenewingMethods, grpc.aio.Channel):
    """A channel for one event loop; `aio_channel` makes it."""

    def __init__(
        self,
        source: CertificateSource,
        opening: Opening,
        deadline: float,
        check_seconds: float,
        registry: CollectorRegistry,
    ) -> None:
        self._retired: set[asyncio.Task[None]] = set()
        self._renewing = Renewing(source, opening, self._retire, check_seconds)
        self._deadline = deadline
        self._registry = registry

    def unary_unary(self, method: str, *arguments: Any, **options: Any) -> Any:
        """A method of this kind, measured."""
        plain = super().unary_unary(method, *arguments, **options)
        measured = MeasuredMethod(plain, method, self._registry)
        return TracedMethod(measured, method) if tracing.is_on() else measured

    def _retire(self, replaced: grpc.aio.Channel) -> None:
        async def close_later() -> None:
            try:
                await asyncio.sleep(RETIREMENT_SECONDS)
            finally:
                await replaced.close()

        task = asyncio.get_running_loop().create_task(close_later())
        self._retired.add(task)
        task.add_done_callback(self._retired.discard)

    def get_state(self, try_to_connect: bool = False) -> grpc.ChannelConnectivity:
        """Of the channel in use now."""
        state = self._renewing.channel.get_state(try_to_connect)
        return cast(grpc.ChannelConnectivity, state)

    async def wait_for_state_change(self, last_observed_state: grpc.ChannelConnectivity) -> None:
        """Of the channel in use now."""
        await self._renewing.channel.wait_for_state_change(last_observed_state)

    async def channel_ready(self) -> None:
        """Returns when the channel in use now is connected."""
        await self._renewing.channel.channel_ready()

    async def close(self, grace: float | None = None) -> None:
        """Ends every call under way after `grace` seconds, at once without."""
        for task in tuple(self._retired):
            task.cancel()
        await asyncio.gather(*self._retired, return_exceptions=True)
        await self._renewing.channel.close(grace)

    async def __aenter__(self) -> AsyncChannel:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()


def channel(
    target: str,
    files: TlsFiles,
    *,
    service: str,
    idempotent_methods: Sequence[str] = (),
    deadline: float = DEADLINE_SECONDS,
    server_name: str | None = None,
    check_seconds: float = RENEWAL_CHECK_SECONDS,
    registry: CollectorRegistry = REGISTRY,
) -> Channel:
    """A channel for threads to `service` (its full name) at `target`, "dns:///host:port".

    idempotent_methods: names of the methods that may be tried again, see `service_config`.
    deadline: seconds, for calls that bring no time-out. server_name: what the server's certificate
    must carry, where that is not the host in `target`. check_seconds: between looks for renewed
    certificate files. Raises CertificateProblem.
    """
    options = _options(target, server_name, service, idempotent_methods)
    opening = Opening(grpc.secure_channel, target, options)
    return Channel(CertificateSource(files, registry), opening, deadline, check_seconds)


def aio_channel(
    target: str,
    files: TlsFiles,
    *,
    service: str,
    idempotent_methods: Sequence[str] = (),
    deadline: float = DEADLINE_SECONDS,
    server_name: str | None = None,
    check_seconds: float = RENEWAL_CHECK_SECONDS,
    registry: CollectorRegistry = REGISTRY,
) -> AsyncChannel:
    """The same for the running event loop."""
    options = _options(target, server_name, service, idempotent_methods)
    opening = Opening(grpc.aio.secure_channel, target, options)
    source = CertificateSource(files, registry)
    return AsyncChannel(source, opening, deadline, check_seconds, registry)
