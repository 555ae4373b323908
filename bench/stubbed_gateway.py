"""The gateway without the jobs service: everything up to the call, and no call.

`python -m bench.stubbed_gateway`, with the environment of the gateway. What the real one is
compared with, to tell what a committed job costs; nothing posted to it is kept.
"""

from __future__ import annotations

import asyncio

import uvloop
from prometheus_client import REGISTRY

from gateway.app import create_app
from gateway.metrics import GatewayMetrics
from gateway.server import build_server, listen
from gateway.twilio import TwilioWebhooks
from kit.logging import configure_logging
from kit.process import async_stop_event_on_signals
from kit.settings import load
from kit.telemetry import HealthServer
from protos.jobs.v1.jobs_pb2 import NewJob
from respite.gateway import GatewaySettings
from respite.lifeline import hold_on


async def _forget(_job: NewJob) -> bool:
    return True


async def _serve(settings: GatewaySettings) -> None:
    stop = async_stop_event_on_signals()
    metrics = GatewayMetrics(REGISTRY)
    app = create_app(
        TwilioWebhooks(settings.public_url, settings.accounts()), None, _forget, metrics
    )
    server = build_server(app, settings.connection_limits(), metrics, grace=1.0)
    opened = listen(settings.bind_host, settings.gateway_port, "GATEWAY_PORT")
    health = HealthServer(settings.bind_host, settings.gateway_metrics_port, lambda: True)
    health.start()
    serving = asyncio.create_task(server.serve(sockets=[opened]))
    await stop.wait()
    server.should_exit = True
    await serving
    health.stop()


def main() -> None:
    """Runs until SIGTERM."""
    hold_on()
    settings = load(GatewaySettings)
    configure_logging(settings.process, settings.log_level, settings.log_format)
    uvloop.run(_serve(settings))


if __name__ == "__main__":
    main()
