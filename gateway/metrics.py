"""What the gateway counts."""

from __future__ import annotations

from typing import Final

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram

from kit.labels import FewValues

OUTCOMES: Final = (
    "stored",
    "known",
    "ignored",
    "refused",
    "not_stored",
    "disconnected",
    "failed",
)
"""What a post can come to."""

# An acknowledgement is one committed insert away; a provider waits 10 to 15 s.
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class GatewayMetrics:
    """The metrics of one gateway, in `registry`."""

    def __init__(self, registry: CollectorRegistry = REGISTRY) -> None:
        self.webhooks = Counter(
            "respite_gateway_webhooks",
            f"Posts by outcome: {', '.join(OUTCOMES)}.",
            ["route", "outcome"],
            registry=registry,
        )
        self.refusals = Counter(
            "respite_gateway_refusals",
            "Posts refused, by status and reason; status 403 counts failed verifications.",
            ["route", "status", "reason"],
            registry=registry,
        )
        self.ack_seconds = Histogram(
            "respite_gateway_ack_seconds",
            "Time from the request's headers to its 200.",
            ["route"],
            buckets=_SECONDS,
            registry=registry,
        )
        self.ignored_events = Counter(
            "respite_gateway_ignored_stripe_events",
            "Genuine Stripe events of types that are not handled.",
            ["type"],
            registry=registry,
        )
        self.event_type = FewValues()
        self.connections = Gauge(
            "respite_gateway_connections", "Open connections.", registry=registry
        )
        self.cut = Counter(
            "respite_gateway_connections_cut",
            "Connections that the gateway ended: slow, oversized, malformed, too many.",
            ["reason"],
            registry=registry,
        )
