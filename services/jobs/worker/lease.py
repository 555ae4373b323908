"""One claim of one job, as its worker holds it."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Final

from protos.jobs.v1.jobs_pb2 import ClaimedJob, ClaimToken, LeaseResult
from services.jobs.types import JOB_TYPES

# A lease runs on while this machine is suspended, and so must our clock; macOS has none that does.
_CLOCK: Final[int] = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)

_SECONDS: Final = {name: known.lease.total_seconds() for name, known in JOB_TYPES.items()}


def moment() -> float:
    """Seconds on the clock by which leases are measured; it never goes back."""
    return time.clock_gettime(_CLOCK)


class Lease:
    """A claim and the time that is left of it.

    Measured from before the worker asked, so that the worker never believes in a lease longer than
    the database does.

    job: what was claimed; record: the job itself. asked_at: of moment(), before the claim or the
    last extension was asked for. length: seconds, from `asked_at` on. claimed_at: of moment(), when
    the service began the look that found the job, at the earliest. token: job and claim number, to
    be shown with whatever is asked about the claim.
    """

    __slots__ = ("asked_at", "claimed_at", "job", "length", "record", "token")

    def __init__(self, job: ClaimedJob, asked_at: float) -> None:
        self.job = job
        self.record = record = job.job
        self.asked_at = asked_at
        lease = job.lease
        self.length = lease.seconds + lease.nanos / 1e9
        # The service adds to the lease of the type what the call had waited until then.
        waited = self.length - _SECONDS.get(record.type, self.length)
        self.claimed_at = asked_at + waited if waited > 0 else asked_at
        self.token = ClaimToken(job_id=record.job_id, claim=job.claim)

    def left(self) -> timedelta:
        """How long the claim surely holds; never negative."""
        return timedelta(seconds=max(0.0, self.asked_at + self.length - moment()))

    def wants_extension(self) -> bool:
        """True once a third of it is used up."""
        return self.left().total_seconds() < self.length * 2 / 3

    def extended(self, result: LeaseResult, asked_at: float) -> None:
        """Takes over what the queue granted. asked_at: moment() from before the call.

        The first length includes what the claim had waited; that of an extension does not.
        """
        self.asked_at = asked_at
        self.length = result.lease.ToTimedelta().total_seconds()
