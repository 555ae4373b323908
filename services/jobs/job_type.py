"""What is settled about a kind of job before there is one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal

from protos.jobs.v1.jobs_pb2 import NewJob
from protos.jobs.v1.payloads_pb2 import JobPayload
from services.jobs.backoff import LONGEST

SlotClass = Literal["urgent", "answers", "rest"]

LONGEST_KEY: Final = 200
# Snoozes cost no attempt, so attempts alone would not bound a job.
LONGEST_AGE: Final = timedelta(hours=72)
# A job that is due again this soon keeps its place in its lane; a longer wait must not hold it up.
LONGEST_STAY: Final = timedelta(seconds=30)
# After so long without a heartbeat nobody runs a job any more.
LONGEST_LEASE: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class GiveUp:
    """When a job is spent: after so many attempts, or so long after its first claim.

    attempts: None where only the age counts. Time before the first claim is no age.
    """

    attempts: int | None = None
    age: timedelta = LONGEST_AGE


@dataclass(frozen=True, slots=True)
class SpentJob:
    """A job that is being given up."""

    job_id: int
    key: str
    type: str
    payload: JobPayload


@dataclass(frozen=True, slots=True)
class JobType:
    """One kind of job.

    name: the field of JobPayload. priority: 0 is the most urgent, 3 the least. lease: how long a
    worker has before others may take the job. longest_pause: of the back-off between two attempts.
    lane: from the payload, None for no lane. check: raises InvalidArgument for a payload that must
    not be stored. when_spent: jobs to be stored in the transaction that gives one up. expires:
    whether one that is spent came too late to be wanted, which nobody can mend: it completes, and
    is no dead letter. slot_class: whose share of a worker's places it takes. enqueued_by: services
    that may enqueue it besides the workers. operator: whether an operator may. crisis_path: whether
    it stands between a person in a crisis and the reply to them, or those who must hear of it; to
    pause it takes a confirmation.
    """

    name: str
    priority: int
    lease: timedelta
    give_up: GiveUp
    longest_pause: timedelta = LONGEST
    lane: Callable[[JobPayload], str | None] = lambda payload: None
    check: Callable[[JobPayload], None] = lambda payload: None
    when_spent: Callable[[SpentJob], Sequence[NewJob]] = lambda job: ()
    expires: bool = False
    slot_class: SlotClass = "rest"
    enqueued_by: frozenset[str] = frozenset()
    operator: bool = False
    crisis_path: bool = False
