"""What is known of the line at a moment, part by part: each may be older than the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from respite.services import CallFailed

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Seen(Generic[T]):
    """A part as it was when its service last answered."""

    part: T
    at: datetime


@dataclass(frozen=True, slots=True)
class Latency:
    """How long something takes: half of the times no longer than p50, 95 of 100 than p95."""

    p50: timedelta
    p95: timedelta


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One type of job. stored, ended: a second. oldest: of the ready ones, None without any.

    taken: from due to done. pause: its reason, "" where none was given; None: not paused.
    """

    type: str
    priority: int
    crisis_path: bool
    ready: int = 0
    running: int = 0
    blocked: int = 0
    scheduled: int = 0
    dead: int = 0
    oldest: timedelta | None = None
    stored: float = 0
    ended: float = 0
    taken: Latency | None = None
    pause: str | None = None

    @property
    def rests(self) -> bool:
        """Whether there is nothing to see of it, and was not in the last minutes."""
        counts = (self.ready, self.running, self.blocked, self.scheduled, self.dead)
        seen = any((*counts, self.stored, self.ended)) or self.taken or self.pause is not None
        return not seen


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A job that was given up."""

    job_id: int
    type: str
    reason: str
    attempt: int
    lane: str
    key: str
    died: datetime


@dataclass(frozen=True, slots=True)
class Lease:
    """A job that a worker has. age: since its first claim."""

    job_id: int
    type: str
    lane: str
    attempt: int
    remaining: timedelta
    age: timedelta


@dataclass(frozen=True, slots=True)
class WorkerRow:
    """One worker process. idle: since it was handed a job last, None where that is long ago."""

    name: str
    running: int
    idle: timedelta | None
    leases: Sequence[Lease]


@dataclass(frozen=True, slots=True)
class LaneRow:
    """A lane with jobs behind its head. job_id: 0 where the head has just ended."""

    lane: str
    waiting: int
    job_id: int
    type: str
    attempt: int
    last_error: str
    running: bool
    age: timedelta | None


@dataclass(frozen=True, slots=True)
class Tried:
    """Jobs of a type that go on being tried, and why. age: since the first claim of the oldest."""

    type: str
    last_error: str
    jobs: int
    age: timedelta


@dataclass(frozen=True, slots=True)
class Queue:
    """What the jobs service says. dead_letters: the newest; lanes: the longest.

    asking_stripe_later: texts whose job made way for one that asks Stripe again, at its time.
    """

    rows: Sequence[QueueRow]
    dead_letters: Sequence[DeadLetter]
    workers: Sequence[WorkerRow]
    waiting_lanes: int
    lanes: Sequence[LaneRow]
    tried: Sequence[Tried] = ()
    asking_stripe_later: int = 0

    @property
    def dead(self) -> int:
        """How many dead letters there are, shown or not."""
        return sum(row.dead for row in self.rows)


@dataclass(frozen=True, slots=True)
class Passes:
    """Whether the last pass of each reconciler found its provider away."""

    twilio_away: bool = False
    stripe_away: bool = False


@dataclass(frozen=True, slots=True)
class People:
    """unreachable: those whose numbers take no texts."""

    unreachable: int


@dataclass(frozen=True, slots=True)
class Crises:
    """Crises that nobody has resolved. oldest: age of the one that began first."""

    open: int
    oldest: timedelta | None


@dataclass(frozen=True, slots=True)
class Replies:
    """From a text to its answer's being taken by the provider; None without any."""

    latency: Latency | None
    failed: int


@dataclass(frozen=True, slots=True)
class Payments:
    """parked: accounts that gave money and whose person is not known."""

    parked: int


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything that is shown.

    away: what services that do not answer, or refuse to, said instead.
    """

    at: datetime
    queue: Seen[Queue] | None = None
    passes: Seen[Passes] | None = None
    people: Seen[People] | None = None
    crises: Seen[Crises] | None = None
    replies: Seen[Replies] | None = None
    payments: Seen[Payments] | None = None
    ack: Seen[Latency] | None = None
    away: Mapping[str, CallFailed] = field(default_factory=dict)
