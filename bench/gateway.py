"""What the gateway takes: signed posts about texts, each answered after its job is committed.

Over 32 connections, beside the same gateway without the call to the jobs service, and at a steady
rate of 100 posts a second.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import uvloop

from bench.peers import cpu, database
from bench.posts import Posted, post_as_answered, post_at_rate, signed_posts
from bench.stack import Stack, bench_home, free_ports

CONNECTIONS = 32
RATE = 100.0
_WARM_UP = 200  # posts
_MOST_A_SECOND = 6000  # so many posts are signed beforehand for each second of measuring

Result = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Gateways:
    """Ports and process ids of what is compared, and what signs posts to both."""

    real: int
    stubbed: int
    pids: dict[str, int]
    environment: dict[str, str]

    def posts(self, count: int) -> list[bytes]:
        """Signed, each about another text."""
        return signed_posts(
            count,
            self.environment["PUBLIC_URL"],
            self.environment["TWILIO_ACCOUNT_SID"],
            self.environment["TWILIO_AUTH_TOKEN"],
        )


@contextmanager
def gateways() -> Iterator[Gateways]:
    """A gateway before the jobs service, and one before nothing."""
    database.make_anew()
    stack = Stack(bench_home(), database.url())
    stack.migrate(["jobs"])
    port, metrics_port = free_ports(2)
    with ExitStack() as running:
        pids = running.enter_context(stack.running(["jobs", "gateway"]))
        alone = running.enter_context(
            stack.running_instead(
                "gateway",
                "bench.stubbed_gateway",
                GATEWAY_PORT=str(port),
                GATEWAY_METRICS_PORT=str(metrics_port),
            )
        )
        yield Gateways(
            real=int(stack.environment["GATEWAY_PORT"]),
            stubbed=port,
            pids=pids | {"stubbed": alone},
            environment=stack.environment,
        )


def measure(reps: int, seconds: float) -> Iterator[Result]:
    """Both gateways in turn, so many times, then the steady rate as often."""
    with gateways() as found:
        for rep in range(reps):
            for name, port in (("gateway32", found.real), ("gateway32_stubbed", found.stubbed)):
                yield _closed(found, port, seconds) | {"metric": name, "rep": rep}
        for rep in range(reps):
            database.settle_down()
            uvloop.run(post_as_answered(found.real, found.posts(_WARM_UP), CONNECTIONS, seconds))
            posts = found.posts(int(RATE * seconds * 2))
            posted = uvloop.run(post_at_rate(found.real, posts, RATE))
            yield _told(posted) | {"metric": "gateway_at_100", "rep": rep}


def _closed(found: Gateways, port: int, seconds: float) -> Result:
    uvloop.run(post_as_answered(port, found.posts(_WARM_UP), CONNECTIONS, seconds))
    posts = found.posts(int(_MOST_A_SECOND * seconds))
    before = _cpu(found.pids)
    posted = uvloop.run(post_as_answered(port, posts, CONNECTIONS, seconds))
    after = _cpu(found.pids)
    used = {name: round(after[name] - before[name], 2) for name in after}
    rate = round(len(posted.seconds) / posted.elapsed)
    return _told(posted) | {"per_second": rate, "cpu": used}


def _told(posted: Posted) -> Result:
    return {
        "system": "respite",
        "posts": len(posted.seconds),
        "refused": posted.refused,
        "p50_ms": _quantile(posted.seconds, 0.5),
        "p99_ms": _quantile(posted.seconds, 0.99),
    }


def _cpu(pids: dict[str, int]) -> dict[str, float]:
    used = {name: cpu.seconds_of([pid]) for name, pid in pids.items()}
    return used | {"postgres": cpu.postgres_seconds()}


def _quantile(ordered: Sequence[float], share: float) -> float:
    """In milliseconds."""
    return round(ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000, 2)
