"""One claim of one job, as its worker holds it."""

from __future__ import annotations

import time
from datetime import timedelta

from protos.jobs.v1.jobs_pb2 import ClaimedJob, ClaimToken, LeaseResult


class Lease:
    """A claim and the time that is left of it.

    Measured with a monotonic clock from before the worker asked, so that the worker never believes
    in a lease longer than the database does.

    job: what was claimed. asked_at: of time.monotonic(), before the claim or the last extension was
    asked for. length: seconds, from `asked_at` on. token: job and claim number, to be shown with
    whatever is asked about the claim.
    """

    __slots__ = ("asked_at", "job", "length", "token")

    def __init__(self, job: ClaimedJob, asked_at: float) -> None:
        self.job = job
        self.asked_at = asked_at
        self.length = job.lease.seconds + job.lease.nanos / 1e9
        self.token = ClaimToken(job_id=job.job.job_id, claim=job.claim)

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
