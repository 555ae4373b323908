"""What is promised of the figures: each a figure, what it is compared with, and the bound."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from bench import crisis_time
from bench.peers.system import PEERS

Medians = Mapping[tuple[str, str], Mapping[str, float]]
"""By system and metric the median of each figure."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One median. system: "best" for the best of the other queues in this figure."""

    system: str
    metric: str
    name: str = "per_second"

    def of(self, medians: Medians) -> tuple[float, str] | None:
        """The value, and of which system; None where it was not measured."""
        systems = PEERS if self.system == "best" else (self.system,)
        found = [
            (medians[system, self.metric][self.name], system)
            for system in systems
            if self.name in medians.get((system, self.metric), {})
        ]
        if not found:
            return None
        return max(found) if self.name.endswith("per_second") else min(found)


@dataclass(frozen=True, slots=True)
class Goal:
    """A bound of a figure, or of its ratio to another.

    words: what was measured. compared: None where the figure itself is bounded. sense: whether it
    has to reach the bound or to stay below it; bound None where the figure is only told.
    """

    words: str
    figure: Figure
    compared: Figure | None
    sense: Literal["≥", "≤"]
    bound: float | None

    def row(self, medians: Medians) -> str:
        """A line of the table, in Markdown."""
        own = self.figure.of(medians)
        other = self.compared.of(medians) if self.compared else None
        if own is None or (self.compared and other is None):
            return f"| {self.words} | not measured | | | {self._bound()} | |"
        ratio = own[0] / other[0] if other else None
        reached = ""
        if self.bound is not None:
            meets = operator.ge if self.sense == "≥" else operator.le
            value = own[0] if ratio is None else ratio
            reached = "yes" if meets(value, self.bound) else "**no**"
        told = f"{_number(other[0])} ({_name(other[1], self.compared)})" if other else ""
        times = f"{ratio:.2f}" if ratio is not None else ""
        return (
            f"| {self.words} | {_number(own[0])} | {told} | {times} | {self._bound()} | {reached} |"
        )

    def _bound(self) -> str:
        if self.bound is None:
            return "told"
        unit = " ×" if self.compared else " ms"
        return f"{self.sense} {self.bound:g}{unit}"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:,.2f}".rstrip("0").rstrip(".")


def _name(system: str, figure: Figure | None) -> str:
    if figure is None or system in PEERS:
        return system
    return f"ours: {figure.metric}"


_DRAIN = Figure("respite", "drain1")
_PGQUEUER = Figure("pgqueuer", "drain1")
_TEXTS = Figure("respite", "texts")


def _enqueue(callers: int, name: str = "per_second", system: str = "respite") -> Figure:
    return Figure(system, f"enqueue{callers}", name)


def _alone(callers: int) -> Goal:
    """What no service behind gRPC can surpass, one that does nothing included."""
    return Goal(
        f"the same calls of a service that does nothing, {callers} at once: calls/s",
        *(_enqueue(callers, system="grpc_alone"), _enqueue(callers, system="best"), "≥", None),
    )


GOALS = (
    Goal("drain of 20,000 no-op jobs, one worker: jobs/s", _DRAIN, _PGQUEUER, "≥", 1.8),
    Goal(
        "the same beside 1,000,000 finished and 200,000 scheduled: jobs/s",
        *(Figure("respite", "drain_grown"), _DRAIN, "≥", 0.9),
    ),
    Goal(
        "the same, compared with PgQueuer",
        *(Figure("respite", "drain_grown"), Figure("pgqueuer", "drain_grown"), "≥", 8),
    ),
    Goal(
        "two workers, two replicas of the service: jobs/s",
        *(Figure("respite", "drain2"), _DRAIN, "≥", 0.8),
    ),
    Goal(
        "EnqueueJobs, 1,000 a call: jobs/s",
        *(Figure("respite", "bulk"), Figure("pgqueuer", "bulk"), "≥", 1.1),
    ),
    Goal("EnqueueJob, 16 callers: jobs/s", _enqueue(16), Figure("best", "enqueue16"), "≥", 1.2),
    _alone(16),
    Goal("EnqueueJob, 64 callers: jobs/s", _enqueue(64), Figure("best", "enqueue64"), "≥", 1.2),
    _alone(64),
    Goal(
        "EnqueueJob, 64 callers through the client that gathers: jobs/s",
        *(_enqueue(64, system="respite_gathered"), Figure("best", "enqueue64"), "≥", 2),
    ),
    Goal("EnqueueJob, one caller: jobs/s", _enqueue(1), Figure("best", "enqueue1"), "≥", 0.55),
    _alone(1),
    Goal("EnqueueJob, one caller: p99 ms", _enqueue(1, "p99_ms"), None, "≤", 2.5),
    *(
        Goal(
            f"enqueue to handler at 20 jobs/s: {quantile} ms",
            Figure("respite", "latency", f"{quantile}_ms"),
            Figure("best", "latency", f"{quantile}_ms"),
            *("≤", 0.85),
        )
        for quantile in ("p50", "p95", "p99")
    ),
    Goal(
        "the same way through a service that stores nothing: p50 ms",
        *(Figure("grpc_alone", "latency", "p50_ms"), Figure("best", "latency", "p50_ms")),
        *("≤", None),
    ),
    Goal(
        "20,000 jobs over 1,000 lanes: jobs/s",
        *(Figure("respite", "drain_lanes"), _DRAIN, "≥", 0.5),
    ),
    Goal(
        "20,000 without a lane beside 20,000 in one: handlers/s",
        Figure("respite", "hot_lane", "handlers_per_second"),
        Figure("respite", "drain1", "handlers_per_second"),
        *("≥", 0.9),
    ),
    Goal(
        "gateway, 32 connections, a committed job each: posts/s",
        *(Figure("respite", "gateway32"), Figure("respite", "gateway32_stubbed"), "≥", 0.6),
    ),
    *(
        Goal(
            f"gateway at 100 posts/s: {quantile} ms",
            *(Figure("respite", "gateway_at_100", f"{quantile}_ms"), None, "≤", bound),
        )
        for quantile, bound in (("p50", 10), ("p99", 50))
    ),
    *(
        Goal(
            f"crisis text to Twilio, amid {rate:g} texts/s: {quantile} ms",
            *(Figure("respite", metric, f"{quantile}_ms"), None, "≤", bound),
        )
        for metric, rate in crisis_time.RATES.items()
        for quantile, bound in (("p50", None), ("p95", 600), ("p99", None))
    ),
    Goal("whole path of a text, preloaded: texts/s", _TEXTS, _PGQUEUER, "≥", 0.12),
    Goal(
        "the same, compared with gathering switched off",
        *(_TEXTS, Figure("respite", "texts_one_by_one"), "≥", 3),
    ),
    Goal(
        "the same over the real SDKs and the sandbox: texts/s",
        *(Figure("respite", "texts_over_sandbox"), None, "≥", None),
    ),
)


def table(medians: Medians) -> list[str]:
    """Every goal that something was measured for, as lines of Markdown."""
    rows = [goal.row(medians) for goal in GOALS]
    head = "| measure | Respite | compared with | ratio | goal | reached |"
    return [head, "|---|---|---|---|---|---|", *rows]
