"""What the queue does at this moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from kit.database import AnyRow, DbReader
from services.jobs.sql import statement
from services.jobs.types import JOB_TYPES

MOMENT: Final = timedelta(seconds=10)
"""Rates are those of so long."""
WHILE: Final = timedelta(minutes=5)
"""Times from due to done are those of so long, and a worker that was handed a job in it is told."""
MOST_SAMPLED: Final = 1_000
"""So many of the newest jobs are looked at for a rate, and of the oldest for what is tried."""
MOST_LANES_COUNTED: Final = 1_000
MOST_WAITING_COUNTED: Final = 100
SHOWN: Final = 5
"""Of lanes, and of the leases of each worker."""
MOST_SEARCHED: Final = 10_000
"""Leases are looked for among so many of each type, the longest due."""
MOST_TRIED: Final = 50
"""Of types and reasons for which jobs go on being tried."""


@dataclass(frozen=True, slots=True)
class Rates:
    """One type: jobs a second, and from due to done for those that completed. None: none did."""

    type: str
    stored: float
    ended: float
    p50: timedelta | None
    p95: timedelta | None


@dataclass(frozen=True, slots=True)
class LaneHead:
    """The job that a lane waits for. age: since its first claim, None before it."""

    job_id: int
    type: str
    attempt: int
    last_error: str
    running: bool
    age: timedelta | None


@dataclass(frozen=True, slots=True)
class WaitingLane:
    """A lane with jobs behind its head. head: None for a moment at most, until it is mended."""

    lane: str
    waiting: int
    head: LaneHead | None


@dataclass(frozen=True, slots=True)
class Lease:
    """A job that a worker has. left: of the lease. age: since the job's first claim."""

    job_id: int
    type: str
    lane: str | None
    attempt: int
    left: timedelta
    age: timedelta


@dataclass(frozen=True, slots=True)
class Worker:
    """Who asks for jobs. idle: since it was handed one last, None where that is long ago.

    leases: those of the jobs that were begun the longest ago; running: how many there are.
    """

    name: str
    idle: timedelta | None
    running: int
    leases: Sequence[Lease]


@dataclass(frozen=True, slots=True)
class Tried:
    """Jobs of a type that go on being tried, and why. age: since the first claim of the oldest."""

    type: str
    last_error: str
    jobs: int
    age: timedelta


@dataclass(frozen=True, slots=True)
class Activity:
    """rates: by type, where anything happened. waiting_lanes: how many lanes have followers.

    longest_lanes: those with the most followers, first. tried: the most frequent first.
    """

    rates: Sequence[Rates]
    waiting_lanes: int
    longest_lanes: Sequence[WaitingLane]
    workers: Sequence[Worker]
    tried: Sequence[Tried]


def activity(db: DbReader) -> Activity:
    """What was stored and ended lately, what waits in lanes, who has which jobs, what goes on
    being tried."""
    lanes = db.rows(
        statement("waiting_lanes"),
        {"most": MOST_LANES_COUNTED, "longest": MOST_WAITING_COUNTED, "shown": SHOWN},
    )
    return Activity(
        rates=_rates(db),
        waiting_lanes=lanes[0].lanes if lanes else 0,
        longest_lanes=[WaitingLane(row.lane, row.waiting, _head(row)) for row in lanes],
        workers=_workers(db),
        tried=_tried(db),
    )


def _tried(db: DbReader) -> list[Tried]:
    rows = db.rows(
        statement("tried"),
        {"types": list(JOB_TYPES), "most": MOST_SAMPLED, "shown": MOST_TRIED},
    )
    return [Tried(row.type, row.last_error, row.jobs, row.age) for row in rows]


def _rates(db: DbReader) -> list[Rates]:
    rows = db.rows(
        statement("rates"),
        {"types": list(JOB_TYPES), "most": MOST_SAMPLED, "moment": MOMENT, "while": WHILE},
    )
    return [
        Rates(row.type, float(row.stored_per_second), float(row.ended_per_second), row.p50, row.p95)
        for row in rows
    ]


def _head(row: AnyRow) -> LaneHead | None:
    if row.id is None:
        return None
    return LaneHead(row.id, row.type, row.attempt, row.last_error, row.running, row.age)


def _workers(db: DbReader) -> list[Worker]:
    rows = db.rows(
        statement("workers"),
        {"types": list(JOB_TYPES), "most": MOST_SEARCHED, "while": WHILE, "shown": SHOWN},
    )
    leases: dict[str, list[Lease]] = {row.worker: [] for row in rows}
    for row in rows:
        if row.id is not None:
            leases[row.worker].append(
                Lease(row.id, row.type, row.lane, row.attempt, row.lease, row.age)
            )
    facts = {row.worker: row for row in rows}
    return [Worker(name, row.idle, row.running, tuple(leases[name])) for name, row in facts.items()]
