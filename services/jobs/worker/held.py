"""What a worker knows of a claim that it holds."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any, Literal

from services.jobs.job_type import SlotClass
from services.jobs.worker.lease import Lease

CutOff = Literal["CANCEL_REQUESTED", "LEASE_LOST", "RUN_TIMEOUT", "WORKER_STOPPED"]


@dataclass(slots=True, eq=False)
class Claimer:
    """Makes one claim after the other for a class of places, under a name of its own: what one
    claimer holds is not for another to give back."""

    name: str
    slot_class: SlotClass


@dataclass(slots=True, eq=False)
class Held:
    """A claim that this worker holds, and where it is with it."""

    lease: Lease
    claimer: Claimer
    begun_at: float
    """Of time.monotonic()."""
    longest: float
    """Seconds after which its workflow is taken to hang."""
    task: asyncio.Task[None] | None = None
    cut_off: CutOff | None = None
    """Why its workflow was cancelled; None while nobody has."""
    settling: bool = False
    """True from the end of its workflow on: there is nothing left that could be cut off."""
    refused: bool = False
    """Whether the queue would not take its outcome."""


def about(lease: Lease) -> dict[str, Any]:
    """The fields of a log line about a job."""
    job = lease.record
    return {"job_id": job.job_id, "job_type": job.type, "attempt": job.attempt}
