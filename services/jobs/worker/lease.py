"""One claim of one job, as its worker holds it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import timedelta

from protos.jobs.v1.jobs_pb2 import ClaimedJob, ClaimToken, LeaseResult


@dataclass(slots=True)
class Lease:
    """A claim and the time that is left of it.

    Measured with a monotonic clock from before the worker asked, so that the worker never believes
    in a lease longer than the database does.
    """

    job: ClaimedJob
    asked_at: float
    """Of time.monotonic(), before the claim or the last extension was asked for."""
    length: float = field(init=False)
    """Seconds, from `asked_at` on."""

    def __post_init__(self) -> None:
        self.length = self.job.lease.ToTimedelta().total_seconds()

    @property
    def token(self) -> ClaimToken:
        """Job and claim number, to be shown with whatever is asked about the claim."""
        return ClaimToken(job_id=self.job.job.job_id, claim=self.job.claim)

    def left(self) -> timedelta:
        """How long the claim surely holds; never negative."""
        return timedelta(seconds=max(0.0, self.asked_at + self.length - time.monotonic()))

    def wants_extension(self) -> bool:
        """True once a third of it is used up."""
        return self.left().total_seconds() < self.length * 2 / 3

    def extended(self, result: LeaseResult, asked_at: float) -> None:
        """Takes over what the queue granted. asked_at: time.monotonic() from before the call.

        The first length includes what the claim had waited; that of an extension does not.
        """
        self.asked_at = asked_at
        self.length = result.lease.ToTimedelta().total_seconds()
