"""The words in which tests speak of the queue."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from protos.jobs.v1 import jobs_pb2 as pb
from protos.jobs.v1 import payloads_pb2 as payloads
from protos.jobs.v1.jobs_pb2_grpc import JobsServiceStub
from services.jobs.types import JOB_TYPES
from tests.jobs.queue.running import RunningQueue

ALL = tuple(JOB_TYPES)
_MOMENTS = {
    "jobs": ("run_at", "lease_until", "first_claimed_at", "created_at"),
    "scheduled_jobs": ("run_at", "first_claimed_at", "created_at"),
    "dead_jobs": ("created_at", "died_at"),
    "job_keys": ("created_at", "ended_at"),
    "schedules": ("next_run_at",),
    "worker_claims": ("handed_at", "updated_at"),
}


def probe(note: str = "") -> payloads.JobPayload:
    return payloads.JobPayload(probe=payloads.Probe(note=note))


def text(sid: str = "SM1", body: str = "hi") -> payloads.JobPayload:
    sms = payloads.ProcessInboundSms(message_sid=sid, account_sid="AC1", body=body)
    return payloads.JobPayload(process_inbound_sms=sms)


def answer(user: str = "ann", expired: str = "") -> payloads.JobPayload:
    return payloads.JobPayload(
        answer_sms=payloads.AnswerSms(user_id=user, expired_message_id=expired)
    )


def send(user: str = "ann", message: str = "m1") -> payloads.JobPayload:
    sending = payloads.SendAnswer(user_id=user, message_id=message)
    return payloads.JobPayload(send_answer=sending)


def stripe(customer: str = "cus_1") -> payloads.JobPayload:
    event = payloads.ProcessStripeEvent(event_id="evt_1", stripe_customer_id=customer)
    return payloads.JobPayload(process_stripe_event=event)


def check_in(user: str = "ann") -> payloads.JobPayload:
    return payloads.JobPayload(send_check_in=payloads.SendCheckIn(user_id=user))


def delivery(sid: str) -> payloads.JobPayload:
    """In no lane, and not urgent."""
    return payloads.JobPayload(
        process_sms_status=payloads.ProcessSmsStatus(message_sid=sid, status="delivered")
    )


def duration(seconds: float) -> Duration:
    length = Duration()
    length.FromTimedelta(timedelta(seconds=seconds))
    return length


def in_seconds(seconds: float) -> Timestamp:
    stamp = Timestamp()
    stamp.FromDatetime(datetime.now(UTC) + timedelta(seconds=seconds))
    return stamp


def job(key: str, payload: payloads.JobPayload | None = None, **more: Any) -> pb.NewJob:
    return pb.NewJob(key=key, payload=payload or probe(), **more)


class Caller:
    """What callers, workers and operators do, in few words."""

    def __init__(self, stub: JobsServiceStub, operator: JobsServiceStub | None = None) -> None:
        """operator: for what operators alone may do, where `stub` may not do it."""
        self.stub = stub
        self.operator = operator or stub

    def enqueue(
        self, key: str, payload: payloads.JobPayload | None = None, **more: Any
    ) -> pb.EnqueuedJob:
        request = pb.EnqueueJobRequest(job=job(key, payload, **more))
        return self.stub.EnqueueJob(request).job

    def enqueue_all(self, *jobs: pb.NewJob) -> Sequence[pb.EnqueueResult]:
        return self.stub.EnqueueJobs(pb.EnqueueJobsRequest(jobs=jobs)).results

    def claim(
        self,
        *types: str,
        count: int = 10,
        worker: str = "w1",
        wait: float = 0,
        held: Sequence[pb.ClaimedJob] = (),
        poll: int = 0,
    ) -> list[pb.ClaimedJob]:
        request = pb.ClaimJobsRequest(
            worker_id=worker,
            slots=[pb.Slots(types=types or ALL, count=count)],
            wait=duration(wait),
            held=[token(each) for each in held],
            poll=poll,
        )
        return list(self.stub.ClaimJobs(request).jobs)

    def claim_one(self, *types: str, **more: Any) -> pb.ClaimedJob:
        [claimed] = self.claim(*types, count=1, **more)
        return claimed

    def settle(self, *settlements: pb.Settlement) -> list[str]:
        """The name of what each did, or the reason of its refusal."""
        request = pb.SettleJobsRequest(settlements=settlements)
        return [
            result.error.reason
            if result.HasField("error")
            else pb.Settled.Name(result.settled).removeprefix("SETTLED_")
            for result in self.stub.SettleJobs(request).results
        ]

    def complete(self, claimed: pb.ClaimedJob, *follow_ups: pb.NewJob) -> str:
        return self.settle(complete(claimed, *follow_ups))[0]

    def retry(self, claimed: pb.ClaimedJob, delay: float = 0, reason: str = "HTTP_503") -> str:
        return self.settle(retry(claimed, delay, reason))[0]

    def snooze(self, claimed: pb.ClaimedJob, delay: float) -> str:
        return self.settle(snooze(claimed, delay))[0]

    def bury(self, claimed: pb.ClaimedJob, reason: str = "HOPELESS") -> str:
        return self.settle(bury(claimed, reason))[0]

    def job(self, key: str) -> pb.Job:
        return self.stub.GetJob(pb.GetJobRequest(key=key)).job

    def state(self, key: str) -> str:
        return pb.JobState.Name(self.job(key).state).removeprefix("JOB_STATE_")

    def keys(self, **chosen: Any) -> list[str]:
        return [each.key for each in self.operator.ListJobs(pb.ListJobsRequest(**chosen)).jobs]

    def retry_job(self, key: str) -> pb.Job:
        return self.operator.RetryJob(pb.RetryJobRequest(job_id=self.job(key).job_id)).job

    def cancel_job(self, key: str) -> pb.Job:
        return self.operator.CancelJob(pb.CancelJobRequest(job_id=self.job(key).job_id)).job


class Queue(Caller):
    """A replica whose clock ticks when a test says so, and its tables."""

    def __init__(self, stub: JobsServiceStub, running: RunningQueue, admin_url: str) -> None:
        super().__init__(stub)
        self.running = running
        self.admin = psycopg.connect(admin_url, autocommit=True)

    def tick(self) -> None:
        self.running.run(self.running.ticker.tick())

    def time_passes(self, seconds: float) -> None:
        """Everything in the database is so much longer ago; what has become due has moved."""
        for table, columns in _MOMENTS.items():
            changes = ", ".join(f"{each} = {each} - interval '{seconds} s'" for each in columns)
            self.admin.execute(f"UPDATE jobs.{table} SET {changes}".encode())
        self.tick()

    def count(self, table: str) -> int:
        row = self.admin.execute(f"SELECT count(*) FROM jobs.{table}".encode()).fetchone()
        assert row is not None
        return int(row[0])


def token(claimed: pb.ClaimedJob) -> pb.ClaimToken:
    return pb.ClaimToken(job_id=claimed.job.job_id, claim=claimed.claim)


def complete(claimed: pb.ClaimedJob, *follow_ups: pb.NewJob) -> pb.Settlement:
    return pb.Settlement(claim=token(claimed), complete=pb.Complete(follow_ups=follow_ups))


def retry(claimed: pb.ClaimedJob, delay: float = 0, reason: str = "HTTP_503") -> pb.Settlement:
    outcome = pb.Retry(reason=reason, delay=duration(delay))
    return pb.Settlement(claim=token(claimed), retry=outcome)


def snooze(claimed: pb.ClaimedJob, delay: float) -> pb.Settlement:
    return pb.Settlement(claim=token(claimed), snooze=pb.Snooze(delay=duration(delay)))


def bury(claimed: pb.ClaimedJob, reason: str = "HOPELESS") -> pb.Settlement:
    return pb.Settlement(claim=token(claimed), bury=pb.Bury(reason=reason))


def until(condition: Callable[[], bool], seconds: float = 60) -> None:
    """Waits for a condition. Raises AssertionError where it does not come true."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def one_of_each(queue: Queue) -> None:
    """A job in every state that is told apart, its key the state's name."""
    queue.enqueue("COMPLETED")
    queue.complete(queue.claim_one())
    queue.enqueue("DEAD")
    queue.bury(queue.claim_one())
    queue.enqueue("CANCELLED")
    queue.cancel_job("CANCELLED")
    queue.enqueue("RUNNING")
    queue.claim_one()
    queue.enqueue("READY", answer())
    queue.enqueue("BLOCKED", answer())
    queue.enqueue("SCHEDULED", run_time=in_seconds(60))
