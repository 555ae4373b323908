"""The jobs service as a worker sees it: claim, extend, settle, enqueue."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import assert_never

import grpc
from google.protobuf.timestamp_pb2 import Timestamp

from kit import tracing
from kit.wire import duration, timestamp
from protos.jobs.v1 import jobs_pb2 as jobs
from protos.jobs.v1.jobs_pb2_grpc import JobsServiceStub
from services.jobs.types import SENDING
from services.jobs.worker.lease import Lease, moment
from services.jobs.workflows.context import ErasedJobs, LastResult, Offered, Pruned
from services.jobs.workflows.outcome import Bury, Done, FollowUp, Later, Outcome, Retry

DEADLINE = 5.0
"""Seconds for a call that only touches a database."""

MOST_AT_ONCE = 500
"""Items in one call; the service takes 1,000."""


class EnqueueRefused(Exception):
    """The queue refused a job that a workflow asked for. The argument is the reason."""


class Queue:
    """Calls of one worker process.

    Whatever workflows hear of the queue's time, and ask of it, is translated here: the queue goes
    by its database, workflows by domain time, which a development stack may have moved.

    worker_id: unique to the process, or its leases would be taken for another's. ahead: how far
    domain time is ahead.
    """

    def __init__(
        self,
        channel: grpc.aio.Channel,
        worker_id: str,
        ahead: Callable[[], timedelta] = timedelta,
    ) -> None:
        self._stub = JobsServiceStub(channel)
        self._worker_id = worker_id
        self._ahead = ahead
        self._polls = itertools.count(1)

    def domain_time(self, stamp: Timestamp) -> datetime:
        """A moment of the queue as workflows know it: as long ago for them as for the queue."""
        return stamp.ToDatetime(UTC) + self._ahead()

    def settlement(self, lease: Lease, outcome: Outcome) -> jobs.Settlement:
        """An outcome as the wire has it, to be handed to `settle`."""
        return settlement(lease, outcome, self._ahead)

    async def claim(
        self,
        claimer: str,
        slots: Sequence[jobs.Slots],
        wait: timedelta,
        held: Sequence[Lease],
    ) -> list[Lease]:
        """Leases jobs for free places and waits for some where none is due.

        claimer: its name within the process. held: every lease that it has.
        """
        asked_at = moment()
        request = jobs.ClaimJobsRequest(
            worker_id=f"{self._worker_id}/{claimer}",
            slots=slots,
            wait=duration(wait),
            held=[lease.token for lease in held],
            poll=next(self._polls),
        )
        answer = await self._stub.ClaimJobs(request, timeout=wait.total_seconds() + DEADLINE)
        return [Lease(job, asked_at) for job in answer.jobs]

    async def extend(self, leases: Sequence[Lease]) -> Sequence[jobs.LeaseResult]:
        """Asks for whole leases again; the results are in the order of the leases."""
        results: list[jobs.LeaseResult] = []
        for start in range(0, len(leases), MOST_AT_ONCE):
            some = leases[start : start + MOST_AT_ONCE]
            request = jobs.ExtendLeasesRequest(
                worker_id=self._worker_id, claims=[lease.token for lease in some]
            )
            results += (await self._stub.ExtendLeases(request, timeout=DEADLINE)).results
        return results

    async def settle(self, settlements: Sequence[jobs.Settlement]) -> Sequence[jobs.SettleResult]:
        """Ends claims; the results are in the order of the settlements."""
        request = jobs.SettleJobsRequest(settlements=settlements)
        return (await self._stub.SettleJobs(request, timeout=2 * DEADLINE)).results

    async def enqueue(self, follow_ups: Sequence[FollowUp]) -> None:
        """Stores jobs, each once for its key. Raises EnqueueRefused; others may be stored then."""
        offered = await self.offer(follow_ups)
        if offered.refused:
            raise EnqueueRefused(offered.refused[0])

    async def offer(self, follow_ups: Sequence[FollowUp]) -> Offered:
        """Stores jobs, each once for its key; a refusal of one says nothing of the others."""
        results: list[jobs.EnqueueResult] = []
        for start in range(0, len(follow_ups), MOST_AT_ONCE):
            some = follow_ups[start : start + MOST_AT_ONCE]
            request = jobs.EnqueueJobsRequest(jobs=[_new_job(each, self._ahead) for each in some])
            answer = await self._stub.EnqueueJobs(request, timeout=2 * DEADLINE)
            results += answer.results
            _tell_arrivals(some, answer.results)
        return Offered(
            created=sum(result.job.created for result in results),
            refused=tuple(each.error.reason for each in results if each.HasField("error")),
        )

    async def erase_jobs(
        self, user_id: str, phone_number: str, customers: Sequence[str]
    ) -> ErasedJobs:
        """Takes a person out of all jobs. phone_number: "" where it is not known any more."""
        erased = running = 0
        token = ""
        while True:
            request = jobs.ErasePersonRequest(
                user_id=user_id,
                phone_number=phone_number,
                stripe_customer_ids=customers,
                page_token=token,
            )
            answer = await self._stub.ErasePerson(request, timeout=2 * DEADLINE)
            erased, running = erased + answer.erased, running + answer.running
            token = answer.next_page_token
            if not token:
                return ErasedJobs(erased, running)

    async def stop_sends(self, reason: str, met: datetime) -> datetime | None:
        """Pauses every type that sends texts, but those of the crisis path and those that were
        resumed since the reason was met."""
        since = []
        for job_type in SENDING:
            request = jobs.PauseTypeRequest(
                type=job_type,
                reason=reason,
                unless_resumed_since=timestamp(met - self._ahead()),
            )
            answer = await self._stub.PauseType(request, timeout=DEADLINE)
            if answer.HasField("pause"):
                since.append(self.domain_time(answer.pause.create_time))
        return max(since, default=None)

    async def last_result(self, job_type: str) -> LastResult:
        """What the newest job of a type that ended well ended in.

        Since when it is scheduled stays as the queue has it: nobody knows how far ahead domain time
        was then, and what came after that moment is not to be missed.
        """
        request = jobs.GetLastResultRequest(type=job_type)
        answer = await self._stub.GetLastResult(request, timeout=DEADLINE)
        since = None
        if answer.HasField("schedule_create_time"):
            since = answer.schedule_create_time.ToDatetime(UTC)
        return LastResult(answer.result, since)

    async def prune(self) -> Pruned:
        """Has the service drop history that was kept long enough, for about a second."""
        answer = await self._stub.PruneHistory(jobs.PruneHistoryRequest(), timeout=2 * DEADLINE)
        dropped = {"days": answer.dropped_days, "keys": answer.keys, "errors": answer.errors}
        return Pruned(dropped, answer.strays, answer.more)


def settlement(
    lease: Lease, outcome: Outcome, ahead: Callable[[], timedelta] = timedelta
) -> jobs.Settlement:
    """An outcome as the wire has it. ahead: how far domain time is ahead of the queue's."""
    match outcome:
        case Done(result, follow_ups):
            message = jobs.Settlement(claim=lease.token)
            message.complete.result = result
            if follow_ups:
                message.complete.follow_ups.extend(_new_job(each, ahead) for each in follow_ups)
            return message
        case Later(delay, reason):
            snooze = jobs.Snooze(delay=duration(delay), reason=reason)
            return jobs.Settlement(claim=lease.token, snooze=snooze)
        case Retry(reason, delay):
            retry = jobs.Retry(reason=reason, delay=duration(delay or timedelta(0)))
            return jobs.Settlement(claim=lease.token, retry=retry)
        case Bury(reason):
            return jobs.Settlement(claim=lease.token, bury=jobs.Bury(reason=reason))
        case _:
            assert_never(outcome)


def _new_job(follow_up: FollowUp, ahead: Callable[[], timedelta]) -> jobs.NewJob:
    arrives, then = follow_up.arrives, follow_up.run_time
    return jobs.NewJob(
        key=follow_up.key,
        payload=follow_up.payload,
        run_time=None if then is None else timestamp(then - ahead()),
        headers=tracing.arrival_headers(follow_up.key) if arrives else tracing.headers(),
    )


def _tell_arrivals(offered: Sequence[FollowUp], results: Sequence[jobs.EnqueueResult]) -> None:
    """Traces of what came from outside by another way than a webhook begin here."""
    for follow_up, result in zip(offered, results, strict=False):
        if follow_up.arrives and result.job.created:
            with tracing.arrival(follow_up.key, "fetched from the provider") as arrival:
                arrival.came_first()
