"""A job that is about to be stored: read from the wire, checked once, and completed by its type."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final, NamedTuple

from google.protobuf.timestamp_pb2 import Timestamp

from kit.access import current_caller
from kit.logging import get_logger
from kit.refusals import InvalidArgument
from protos.jobs.v1 import jobs_pb2
from protos.jobs.v1.payloads_pb2 import JobPayload
from services.jobs.job_type import LONGEST_KEY, JobType
from services.jobs.payload_check import check_payload
from services.jobs.refusals import TypeNotAllowed
from services.jobs.types import JOB_TYPES

log = get_logger(__name__)

LARGEST_PAYLOAD: Final = 64 * 1024
LARGEST_HEADERS: Final = 4 * 1024


class NewJob(NamedTuple):
    """A job to be stored, complete but for its id.

    payload: the JobPayload in its canonical serialization, of which body_sha is the SHA-256.
    run_time: not before then; None for now. headers: as JSON, None where there are none.
    """

    key: str
    type: JobType
    lane: str | None
    payload: bytes
    body_sha: bytes
    run_time: datetime | None = None
    headers: str | None = None
    require_same_body: bool = False


def parse_new_job(message: jobs_pb2.NewJob) -> NewJob:
    """Reads a NewJob. Raises InvalidArgument naming the field, from `job.` on."""
    key, body, headers = message.key, message.payload, message.headers
    if not 1 <= len(key) <= LONGEST_KEY:
        raise InvalidArgument("job.key", f"must have 1 to {LONGEST_KEY} characters")
    if "\0" in key:
        raise InvalidArgument("job.key", "must not hold NUL")
    name = body.WhichOneof("type")
    if name is None:
        raise InvalidArgument("job.payload", "must be set to a payload that this version knows")
    job_type = JOB_TYPES[name]
    payload = canonical(body)
    if len(payload) > LARGEST_PAYLOAD:
        raise InvalidArgument("job.payload", f"must not exceed {LARGEST_PAYLOAD} bytes")
    check_payload(name, body)
    job_type.check(body)
    lane = job_type.lane(body)
    if lane is not None and "\0" in lane:
        raise InvalidArgument(f"job.payload.{name}", "must not hold NUL where it names the lane")
    return NewJob(
        key,
        job_type,
        lane,
        payload,
        hashlib.sha256(payload).digest(),
        _moment(message.run_time) if message.HasField("run_time") else None,
        _headers(headers) if headers else None,
        message.require_same_body,
    )


def parse_follow_up(message: jobs_pb2.NewJob) -> NewJob:
    """Reads a NewJob that is to be stored with the end of another; raises as `parse_new_job`."""
    if message.require_same_body:
        raise InvalidArgument("job.require_same_body", "must not be set on a follow-up")
    return parse_new_job(message)


def check_allowed(job: NewJob) -> None:
    """Raises TypeNotAllowed where the caller of this RPC may not enqueue such jobs.

    Workers may enqueue all, other services what the table grants them by name, operators what it
    grants operators. Outside of an RPC nobody is refused.
    """
    caller = current_caller()
    if caller is None or (caller.kind == "service" and caller.name == "worker"):
        return
    allowed = job.type.operator if caller.kind == "user" else caller.name in job.type.enqueued_by
    if not allowed:
        log.warning("access_denied", caller=str(caller), type=job.type.name)
        raise TypeNotAllowed({"type": job.type.name})


def canonical(payload: JobPayload) -> bytes:
    """The one serialization of a payload that is stored and compared."""
    return payload.SerializeToString(deterministic=True)


def _moment(stamp: Timestamp) -> datetime:
    try:
        return stamp.ToDatetime(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise InvalidArgument("job.run_time", "must be a valid point in time") from None


def _headers(headers: Mapping[str, str]) -> str:
    text = json.dumps(dict(headers), ensure_ascii=False, sort_keys=True)
    if len(text.encode()) > LARGEST_HEADERS:
        raise InvalidArgument("job.headers", f"must not exceed {LARGEST_HEADERS} bytes")
    if any("\0" in word for pair in headers.items() for word in pair):
        raise InvalidArgument("job.headers", "must not hold NUL")
    return text
