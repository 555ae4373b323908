"""A job, and what became of a new one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from kit.item_status import write_status
from kit.refusals import InvalidArgument, Refusal
from kit.wire import timestamp
from protos.jobs.v1 import jobs_pb2
from protos.jobs.v1.payloads_pb2 import JobPayload
from services.jobs.job import Job, State
from services.jobs.model.enqueue import Enqueued
from services.jobs.types import JOB_TYPES

_STATES: Final = {state: jobs_pb2.JobState.Value(f"JOB_STATE_{state.name}") for state in State}
_STATES_BY_NUMBER: Final[Mapping[int, State]] = {number: state for state, number in _STATES.items()}


def parse_state(number: int) -> State | None:
    """A state to select by, None for any. Raises InvalidArgument."""
    if number == jobs_pb2.JOB_STATE_UNSPECIFIED:
        return None
    if number not in _STATES_BY_NUMBER:
        raise InvalidArgument("state", "must be a known state")
    return _STATES_BY_NUMBER[number]


def job_to_proto(job: Job) -> jobs_pb2.Job:
    """A job; its payload only where it was read, and only if this version knows its type."""
    known = JOB_TYPES.get(job.type)
    message = jobs_pb2.Job(
        job_id=job.job_id,
        key=job.key,
        type=job.type,
        lane=job.lane or "",
        state=_STATES[job.state],
        priority=job.priority,
        attempt=job.attempt,
        max_attempts=(known and known.give_up.attempts) or 0,
        run_time=timestamp(job.run_time),
        finish_time=timestamp(job.finish_time),
        last_error=job.last_error,
        create_time=timestamp(job.create_time),
        cancel_requested=job.cancel_requested,
        first_claim_time=timestamp(job.first_claim_time),
        result=job.result,
    )
    if job.payload is not None:
        message.payload.CopyFrom(JobPayload.FromString(job.payload))
    return message


def enqueued_to_proto(result: Enqueued) -> jobs_pb2.EnqueuedJob:
    """What became of a new job."""
    return jobs_pb2.EnqueuedJob(
        job_id=result.job_id, created=result.created, body_differs=result.body_differs
    )


def fill_enqueued(message: jobs_pb2.EnqueueResult, result: Enqueued | Refusal) -> None:
    """What became of one of many new jobs, filled in place, for there are thousands a second."""
    if isinstance(result, Refusal):
        write_status(result, message.error)
        return
    job = message.job
    job.job_id = result.job_id
    job.created = result.created
    job.body_differs = result.body_differs
