"""uvicorn, as a public door needs it."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from functools import partial
from typing import Any, cast

import uvicorn
from starlette.types import ASGIApp

from gateway.connections import ConnectionLimits, GuardedProtocol
from gateway.metrics import GatewayMetrics
from kit.process import cannot_listen


class HttpServer(uvicorn.Server):
    """Serves until `should_exit`; signals are the process's business."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Does nothing: uvicorn would raise a captured SIGTERM again and end the process at once,
        before the rest of it has drained.
        """
        yield


def build_server(
    app: ASGIApp, limits: ConnectionLimits, metrics: GatewayMetrics, grace: float
) -> HttpServer:
    """A server for `app`.

    grace: seconds that posts under way have when it ends.
    """
    protocol = partial(GuardedProtocol, limits=limits, metrics=metrics)
    return HttpServer(
        uvicorn.Config(
            app,
            # One parser, whatever else is installed: two read the edges of HTTP differently.
            http=cast("type[asyncio.Protocol]", protocol),
            ws="none",
            lifespan="off",
            # No proxy is believed: the URL that was signed is configured, not received.
            proxy_headers=False,
            server_header=False,
            # Paths and queries belong to the provider; refusals are logged by the app.
            access_log=False,
            log_config=None,
            log_level="error",
            timeout_keep_alive=cast(Any, limits.idle_seconds),
            timeout_graceful_shutdown=cast(Any, grace),
        )
    )


def listen(host: str, port: int, variable: str) -> socket.socket:
    """The open port (0 takes a free one). Raises CannotListen naming `variable`, which moves it."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        raise cannot_listen(host, port, variable) from error
