"""The queue as the sandbox sees it: lists of jobs, which hold nothing of what people wrote, and the
clock that it goes by with the rest of the line."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, cast

import grpc
from google.protobuf.timestamp_pb2 import Timestamp

from kit.certificates import CertificateProblem
from kit.channel import AsyncChannel, aio_channel
from kit.clock import MovableClock
from kit.tls import TlsFiles
from kit.wire import duration, timestamp
from protos.jobs.v1 import jobs_pb2 as pb
from protos.jobs.v1.jobs_pb2_grpc import JobsServiceStub
from sandbox.jobs import JobRecord, JobState, JobsUnreachable
from sandbox.line import LineUnreachable

_NEWEST: Final = 200
_TIMEOUT: Final = 1.0  # seconds; the page goes on without the queue
_PATIENCE: Final = 5.0  # seconds, for what a person has asked for
_FRESH_SECONDS: Final = 0.1  # several pages that look at the same time share an answer
_LISTS: Final = (pb.JOB_STATE_UNSPECIFIED, pb.JOB_STATE_COMPLETED)
_SERVICE: Final = pb.DESCRIPTOR.services_by_name["JobsService"].full_name


class Queue:
    """Calls of the sandbox. The channel opens at the first one: the sandbox may run before there is
    a certificate for it."""

    def __init__(self, address: str, files: Callable[[], TlsFiles]) -> None:
        self._address = address
        self._files = files
        self._channel: AsyncChannel | None = None
        self._asking = asyncio.Lock()
        self._known: Sequence[JobRecord] = ()
        self._known_at = -_FRESH_SECONDS

    async def newest(self) -> Sequence[JobRecord]:
        """Live and ended jobs, newest first, at most 200 of each kind. Raises JobsUnreachable."""
        async with self._asking:
            if time.monotonic() - self._known_at >= _FRESH_SECONDS:
                self._known = await self._list()
                self._known_at = time.monotonic()
            return self._known

    async def bring_forward(self, by: timedelta, moved_at: datetime) -> None:
        """Has what is due later, and was stored before the clock moved, due so much earlier.
        Raises LineUnreachable."""
        request = pb.BringForwardRequest(by=duration(by), move_time=timestamp(moved_at))
        try:
            stub = JobsServiceStub(self._opened())
            await stub.BringForward(request, timeout=_PATIENCE)
        except (CertificateProblem, grpc.RpcError) as problem:
            raise LineUnreachable from problem

    async def close(self) -> None:
        """Ends the channel, if one was opened."""
        if self._channel is not None:
            await self._channel.close()

    async def _list(self) -> list[JobRecord]:
        try:
            stub = JobsServiceStub(self._opened())
            # One after the other: who ends in between is in both, and the later word counts.
            found = {
                job.job_id: _record(job)
                for state in _LISTS
                for job in (await stub.ListJobs(_newest(state), timeout=_TIMEOUT)).jobs
            }
        except (CertificateProblem, grpc.RpcError) as problem:
            raise JobsUnreachable from problem
        return list(found.values())

    def _opened(self) -> AsyncChannel:
        if self._channel is None:
            self._channel = aio_channel(self._address, self._files(), service=_SERVICE)
        return self._channel


class LineClock:
    """The clock of the whole line: a file that its processes read, and the queue."""

    def __init__(self, clock: MovableClock, queue: Queue) -> None:
        self._clock = clock
        self._queue = queue
        self._moved_at = datetime.now(UTC)

    def move_to(self, offset_seconds: float) -> None:
        """See sandbox.line.LineClock."""
        self._clock.move_to(timedelta(seconds=offset_seconds))
        self._moved_at = datetime.now(UTC)

    async def bring_forward(self, seconds: float) -> None:
        """See sandbox.line.LineClock."""
        await self._queue.bring_forward(timedelta(seconds=seconds), self._moved_at)


def _newest(state: pb.JobState.ValueType) -> pb.ListJobsRequest:
    return pb.ListJobsRequest(state=state, page_size=_NEWEST)


def _record(job: pb.Job) -> JobRecord:
    state = pb.JobState.Name(job.state).removeprefix("JOB_STATE_").lower()
    return JobRecord(
        job_id=job.job_id,
        key=job.key,
        type=job.type,
        lane=job.lane,
        state=cast(JobState, state),
        attempt=job.attempt,
        stored=job.create_time.ToMicroseconds(),
        due=job.run_time.ToMicroseconds(),
        claimed=_moment(job.first_claim_time),
        ended=_moment(job.finish_time),
        result=job.result,
        last_error=job.last_error,
    )


def _moment(time: Timestamp) -> int | None:
    """None where it is unset, as the queue is younger than 1970."""
    return time.ToMicroseconds() or None
