"""What `make bench` measures, and how much of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from bench import crisis_time, gateway, texts
from bench.peers.measure import Options
from bench.peers.series import measured

Result = dict[str, Any]

FASTEST = ("respite", "pgqueuer")
DURABLE = ("respite", "pgqueuer", "oban", "absurd", "procrastinate", "dbos")
# No queue, but what none behind gRPC can surpass.
ALONE = "grpc_alone"
CALLED = (*DURABLE[:1], "respite_gathered", ALONE, *DURABLE[1:])
# Those that look for work four times a second or less have no part in the race for latency.
AWAKE = ("respite", ALONE, "pgqueuer", "oban", "procrastinate")
# A drain of 20,000 takes these half a minute.
SLOW = ("oban", "absurd", "procrastinate", "dbos")


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured; see the options of a measurement."""

    reps: int
    queue: Options
    slow_jobs: int
    latency_seconds: float
    gateway_seconds: float
    crisis_seconds: float
    texts: int
    sandbox_texts: int


FULL = Size(
    reps=3,
    queue=Options(seconds=3.0),
    slow_jobs=4000,
    latency_seconds=15.0,
    gateway_seconds=4.0,
    crisis_seconds=30.0,
    texts=2000,
    sandbox_texts=500,
)
QUICK = Size(
    reps=1,
    queue=Options(jobs=5000, seconds=1.0, finished=100_000, scheduled=20_000),
    slow_jobs=1000,
    latency_seconds=5.0,
    gateway_seconds=2.0,
    crisis_seconds=15.0,
    texts=300,
    sandbox_texts=100,
)


def queues(size: Size) -> Iterator[Result]:
    """Our queue beside the others."""
    reps, options = size.reps, size.queue
    yield from measured(CALLED, ["enqueue1", "enqueue16", "enqueue64"], reps, options)
    yield from measured(FASTEST, ["bulk", "drain1", "drain2", "drain_grown"], reps, options)
    trickle = dataclasses.replace(options, seconds=size.latency_seconds)
    yield from measured(AWAKE, ["latency"], reps, trickle)


def slower_queues(size: Size) -> Iterator[Result]:
    """The others' drains, for the table of all; no goal goes by them."""
    options = dataclasses.replace(size.queue, jobs=size.slow_jobs)
    yield from measured(SLOW, ["drain1"], size.reps, options)


def lanes(size: Size) -> Iterator[Result]:
    """What order costs; nobody else keeps it."""
    yield from measured(["respite"], ["drain_lanes", "hot_lane"], size.reps, size.queue)


def posts(size: Size) -> Iterator[Result]:
    """The gateway."""
    yield from gateway.measure(size.reps, size.gateway_seconds)


def crises(size: Size) -> Iterator[Result]:
    """How soon a crisis text is answered amid others."""
    yield from crisis_time.measure(size.reps, size.crisis_seconds)


def whole_path(size: Size) -> Iterator[Result]:
    """Texts from webhook job to sent."""
    yield from texts.measure(size.texts, size.reps)
    yield from texts.measure_over_sandbox(size.sandbox_texts, size.reps)


PARTS = {
    "queues": queues,
    "lanes": lanes,
    "gateway": posts,
    "crisis": crises,
    "texts": whole_path,
    "slower": slower_queues,
}


def results(parts: Sequence[str], size: Size) -> Iterator[Result]:
    """Everything, one result after the other. Needs the database that `server` starts."""
    for name in parts:
        yield from PARTS[name](size)
