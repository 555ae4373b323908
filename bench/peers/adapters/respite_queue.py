"""Respite's queue: `respite serve jobs` behind mutual TLS, its own worker, its own client calls."""

from __future__ import annotations

import json
import os
import socket
import uuid
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from functools import cached_property
from pathlib import Path

import grpc
import uvloop

from bench.peers import database, sink
from bench.peers.system import Client, Payload, System, payload
from bench.stack import Stack, bench_home, free_ports
from kit.channel import aio_channel
from kit.logging import configure_logging
from kit.process import async_stop_event_on_signals, expect_many_objects
from kit.tls import TlsFiles
from protos.jobs.v1 import jobs_pb2 as jobs
from protos.jobs.v1.jobs_pb2_grpc import JobsServiceStub
from protos.jobs.v1.payloads_pb2 import AnswerSms, JobPayload, Probe
from services.jobs.types import JOB_TYPES
from services.jobs.worker.lease import Lease
from services.jobs.worker.queue import Queue
from services.jobs.worker.slots import Slots
from services.jobs.worker.worker import Worker
from services.jobs.workflows.outcome import Done, Outcome

TARGET_VARIABLE = "BENCH_JOBS_TARGET"
"""Where the replicas of the service are, as gRPC names it."""

CERTIFICATES_VARIABLE = "BENCH_CERTIFICATES"

_SERVICE = jobs.DESCRIPTOR.services_by_name["JobsService"]


def open_channel() -> grpc.aio.Channel:
    """A channel as the worker process opens it: its certificate, all replicas in turn, retries."""
    return aio_channel(
        os.environ[TARGET_VARIABLE],
        TlsFiles.of(Path(os.environ[CERTIFICATES_VARIABLE]), "worker"),
        service=_SERVICE.full_name,
        idempotent_methods=[name for name in _SERVICE.methods_by_name if name != "ClaimJobs"],
        server_name="localhost",
    )


def probe(job: Payload) -> jobs.NewJob:
    """The job with the payload that every system gets; its key is the text's, as a webhook's is."""
    new = jobs.NewJob(key=f"twilio:{job['sid']}")
    new.payload.probe.note = json.dumps(job)
    return new


def laned(job: Payload, lane: str) -> jobs.NewJob:
    """The same in a lane: an answer to a person, whose other field carries the payload here."""
    answer = AnswerSms(user_id=lane, expired_message_id=json.dumps(job))
    return jobs.NewJob(key=f"answer:{job['sid']}", payload=JobPayload(answer_sms=answer))


class RespiteClient(Client):
    """Plain stubs on one channel, one EnqueueJob a job."""

    def __init__(self) -> None:
        self._channel = open_channel()
        self._stub = JobsServiceStub(self._channel)

    async def enqueue(self, job: Payload) -> None:
        answer = await self._stub.EnqueueJob(jobs.EnqueueJobRequest(job=probe(job)))
        if not answer.job.created:
            raise RuntimeError("the key was known")

    async def enqueue_many(self, jobs_: Sequence[Payload]) -> None:
        await self.store([probe(job) for job in jobs_])

    async def enqueue_in_lanes(self, jobs_: Sequence[Payload], lanes: Sequence[str]) -> None:
        await self.store([laned(job, lane) for job, lane in zip(jobs_, lanes, strict=True)])

    async def store(self, new: Sequence[jobs.NewJob]) -> None:
        """One EnqueueJobs call; raises RuntimeError unless all of them are new."""
        answer = await self._stub.EnqueueJobs(jobs.EnqueueJobsRequest(jobs=new), timeout=30)
        if not all(result.job.created for result in answer.results):
            raise RuntimeError("a job was refused, or its key was known")

    async def close(self) -> None:
        await self._channel.close()


class RespiteQueue(System):
    """Every call crosses gRPC with mutual TLS; only what `grow` puts there is put there past it."""

    concurrency = 2000
    note = "gRPC with mutual TLS; WORKER_SLOTS 2000, 750 of which jobs of this type may take"

    @cached_property
    def stack(self) -> Stack:
        """Its environment, certificates and processes."""
        return Stack(bench_home(), database.url())

    def set_up(self) -> None:
        self.stack.migrate(["jobs"])

    @contextmanager
    def replica(self, **ports: str) -> Iterator[int]:
        """Runs the service on these ports; gives its process id."""
        with self.stack.running(["jobs"], **ports) as pids:
            yield pids["jobs"]

    @contextmanager
    def serve(self, replicas: int) -> Iterator[Sequence[int]]:
        with ExitStack() as running:
            pids: list[int] = []
            ports = free_ports(2 * replicas)
            for port, metrics_port in zip(ports[::2], ports[1::2], strict=True):
                started = self.replica(JOBS_PORT=str(port), JOBS_METRICS_PORT=str(metrics_port))
                pids.append(running.enter_context(started))
            addresses = ",".join(f"127.0.0.1:{port}" for port in ports[::2])
            # for the load generators and the workers, which are processes of their own
            os.environ[TARGET_VARIABLE] = f"ipv4:{addresses}"
            os.environ[CERTIFICATES_VARIABLE] = str(self.stack.home.certificates)
            yield pids

    async def connect(self, callers: int) -> RespiteClient:
        return RespiteClient()

    def work(self, concurrency: int) -> None:
        expect_many_objects()
        configure_logging("worker", "INFO", "json")
        uvloop.run(_work(concurrency))

    def outstanding(self) -> int:
        return int(database.execute("SELECT count(*) FROM jobs.jobs")[0][0])

    def grow(self, finished: int, scheduled: int) -> None:
        body = JobPayload(probe=Probe(note=json.dumps(payload()))).SerializeToString()
        for statement, count in ((_FINISHED, finished), (_SCHEDULED, scheduled)):
            database.execute(statement, count, body)


async def _work(concurrency: int) -> None:
    stop = async_stop_event_on_signals()
    async with open_channel() as channel:
        queue = Queue(channel, f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:8]}")
        worker = Worker(queue, Slots(concurrency, JOB_TYPES), _noop)
        await worker.run(stop, timedelta(seconds=5))


async def _noop(lease: Lease) -> Outcome:
    job = lease.job.job
    if job.type == "probe":
        sink.hit(json.loads(job.payload.probe.note)["t"])
    elif job.type == "answer_sms":
        sink.hit(json.loads(job.payload.answer_sms.expired_message_id)["t"], "lane")
    return Done("ok")


# Each with its key in the ledger, as it would be: keys are kept for 30 days.
_KEYS = """
WITH item AS MATERIALIZED (
  SELECT nextval('jobs.job_ids') AS id, 'grown:' || gen_random_uuid() AS key
    FROM generate_series(1, %s)
), known AS (
  INSERT INTO jobs.job_keys (key, job_id, body_sha)
  SELECT key, id, sha256(convert_to(key, 'UTF8')) FROM item
)
"""
_FINISHED = (
    _KEYS
    + """
INSERT INTO jobs.finished_jobs (
  id, key, type, priority, run_at, claim, settled_claim, attempt, first_claimed_at, last_error,
  payload, state, result, finished_at)
SELECT id, key, 'probe', 2, now(), 1, 1, 1, now(), '', %s, 'completed', 'ok', now() FROM item
"""
)
_SCHEDULED = (
    _KEYS
    + """
INSERT INTO jobs.scheduled_jobs (
  id, key, type, priority, run_at, claim, settled_claim, attempt, last_error, payload)
SELECT id, key, 'probe', 2, now() + interval '1 day', 0, 0, 0, '', %s FROM item
"""
)

SYSTEM = RespiteQueue()
