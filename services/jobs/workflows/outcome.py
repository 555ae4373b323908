"""What a workflow can end in. Values, matched once; exceptions are for bugs and broken wires."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from protos.jobs.v1.payloads_pb2 import JobPayload


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A job that begins to exist exactly when its parent is done.

    key: idempotency key (see follow_ups.py). run_time: not before then; None for now. arrives: it
    came from outside, and is asked for by no other job: a trace of its own begins with it.
    """

    key: str
    payload: JobPayload
    run_time: datetime | None = None
    arrives: bool = False


@dataclass(frozen=True, slots=True)
class Done:
    """The work is done. result: a word for whoever looks at the job, never text of a person."""

    result: str
    follow_ups: tuple[FollowUp, ...] = ()


@dataclass(frozen=True, slots=True)
class Later:
    """Nothing went wrong, but it is too early. Costs no attempt."""

    delay: timedelta
    reason: str


@dataclass(frozen=True, slots=True)
class Retry:
    """It did not work; try again. delay: None leaves it to the back-off of the queue."""

    reason: str
    delay: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Bury:
    """No attempt will ever work; a person has to look at it."""

    reason: str


Outcome = Done | Later | Retry | Bury
