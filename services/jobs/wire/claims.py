"""Claims: what a worker asks for, and the leases that it gets."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from kit.columns import TO_2000
from kit.refusals import InvalidArgument
from kit.wire import duration
from protos.jobs.v1 import jobs_pb2
from services.jobs.model.claim import Extended, LeasedJob, Slots, Token
from services.jobs.types import JOB_TYPES
from services.jobs.wire.fields import MOST_ITEMS, parse_delay

LONGEST_WAIT: Final = timedelta(seconds=20)
_LONGEST_WORKER: Final = 200
_SECOND: Final = 1_000_000  # microseconds


def parse_worker(worker_id: str) -> str:
    """The name of a worker process. Raises InvalidArgument."""
    if not 1 <= len(worker_id) <= _LONGEST_WORKER or "\0" in worker_id:
        raise InvalidArgument("worker_id", f"must have 1 to {_LONGEST_WORKER} characters")
    return worker_id


def parse_slots(slots: Sequence[jobs_pb2.Slots]) -> list[Slots]:
    """Places by class. Raises InvalidArgument; types that are not known are kept."""
    for group in slots:
        if not 0 <= group.count <= MOST_ITEMS:
            raise InvalidArgument("slots.count", f"must be 0 to {MOST_ITEMS}")
    if len(slots) > len(JOB_TYPES):
        raise InvalidArgument("slots", "must not be more classes than there are types")
    return [Slots(tuple(group.types), group.count) for group in slots]


def parse_wait(wait: Duration) -> timedelta:
    """How long a poll may wait. Raises InvalidArgument."""
    return parse_delay(wait, "wait", LONGEST_WAIT)


def parse_poll(number: int) -> int:
    """The number of a worker's call. Raises InvalidArgument."""
    if number < 0:
        raise InvalidArgument("poll", "must not be negative")
    return number


def parse_tokens(tokens: Sequence[jobs_pb2.ClaimToken]) -> list[Token]:
    """Claims by job."""
    return [(token.job_id, token.claim) for token in tokens]


def leased_to_proto(jobs: Sequence[LeasedJob], waited: timedelta) -> jobs_pb2.ClaimJobsResponse:
    """Jobs with their leases, which are told from before the worker asked, `waited` ago.

    Filled in place, for there are thousands a second: a message that is given to another is copied.
    """
    response = jobs_pb2.ClaimJobsResponse()
    leases = {name: duration(JOB_TYPES[name].lease + waited) for name in {job.type for job in jobs}}
    for leased in jobs:
        claimed = response.jobs.add(claim=leased.claim, lease=leases[leased.type])
        _fill(claimed.job, leased)
        if leased.headers:
            claimed.headers.update(leased.headers)
        claimed.age.seconds = leased.age // _SECOND
        claimed.age.nanos = leased.age % _SECOND * 1000
    return response


def _fill(job: jobs_pb2.Job, leased: LeasedJob) -> None:
    job.job_id = leased.job_id
    job.key = leased.key
    job.type = leased.type
    if leased.lane is not None:
        job.lane = leased.lane
    job.state = jobs_pb2.JOB_STATE_RUNNING
    job.priority = leased.priority
    job.attempt = leased.attempt
    job.max_attempts = JOB_TYPES[leased.type].give_up.attempts or 0
    _fill_moment(job.run_time, leased.run_time)
    job.last_error = leased.last_error
    _fill_moment(job.create_time, leased.create_time)
    job.payload.MergeFromString(leased.payload)


def _fill_moment(stamp: Timestamp, since_2000: int) -> None:
    micros = since_2000 + TO_2000
    stamp.seconds = micros // _SECOND
    stamp.nanos = micros % _SECOND * 1000


def extended_to_proto(extended: Extended | None) -> jobs_pb2.LeaseResult:
    """What became of a lease; None: it was lost."""
    if extended is None:
        return jobs_pb2.LeaseResult()
    return jobs_pb2.LeaseResult(
        extended=True,
        cancel_requested=extended.cancel_requested,
        lease=duration(extended.lease),
    )
