"""A job as it is shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class State(StrEnum):
    """Where a job stands."""

    SCHEDULED = "scheduled"
    BLOCKED = "blocked"
    READY = "ready"
    RUNNING = "running"
    COMPLETED = "completed"
    DEAD = "dead"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Job:
    """One job.

    payload: the serialized JobPayload, None where it was not asked for. Times are of the database.
    result: the word that its workflow ended it with, "" where it has not completed.
    """

    job_id: int
    key: str
    type: str
    lane: str | None
    state: State
    priority: int
    attempt: int
    run_time: datetime
    finish_time: datetime | None
    last_error: str
    create_time: datetime
    cancel_requested: bool
    first_claim_time: datetime | None = None
    result: str = ""
    payload: bytes | None = None
