"""A real worker process whose workflow only notes what it does, where tests can read it.

A line a note, appended in one write, so that a kill leaves whole lines: what happened, the job, the
claim, CLOCK_MONOTONIC (one clock for all processes of a machine), until when the worker believes in
its lease, its process, the job's lane and key.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
import zlib
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from kit.channel import aio_channel
from kit.logging import configure_logging
from kit.process import async_stop_event_on_signals
from kit.tls import TlsFiles
from protos.jobs.v1 import jobs_pb2 as pb
from protos.jobs.v1 import payloads_pb2 as payloads
from services.jobs.types import JOB_TYPES
from services.jobs.worker.lease import Lease
from services.jobs.worker.queue import Queue
from services.jobs.worker.slots import Slots
from services.jobs.worker.worker import Worker
from services.jobs.workflows.outcome import Done, FollowUp, Later, Outcome, Retry

SERVICE: Final = pb.DESCRIPTOR.services_by_name["JobsService"].full_name
IDEMPOTENT: Final = ("ExtendLeases", "SettleJobs", "EnqueueJobs", "EnqueueJob", "GetJob")
PLACES: Final = 64

# One job in so many, by the digest of its key.
HAS_FOLLOW_UPS, IS_TRIED_AGAIN, IS_PUT_OFF, IS_LONG = 5, 29, 31, 401
LONG: Final = 8.0
"""Seconds; more than a third of every lease, so that it is extended."""


def one_in(count: int, key: str) -> bool:
    """Whether the job with this key is one of those."""
    return zlib.crc32(f"{count}{key}".encode()) % count == 0


def follow_ups_of(key: str) -> tuple[FollowUp, ...]:
    """What a job stores when it is done: two jobs, one of them in a lane, for some; they have none
    themselves."""
    if key.startswith("after:") or not one_in(HAS_FOLLOW_UPS, key):
        return ()
    lane = f"after{zlib.crc32(key.encode()) % 50}"
    event = payloads.ProcessStripeEvent(event_id="evt_1", stripe_customer_id=lane)
    delivery = payloads.ProcessSmsStatus(message_sid=key, status="delivered")
    return (
        FollowUp(f"after:1:{key}", payloads.JobPayload(process_stripe_event=event)),
        FollowUp(f"after:2:{key}", payloads.JobPayload(process_sms_status=delivery)),
    )


class Notes:
    """The file that all workers append to."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def note(self, what: str, lease: Lease) -> None:
        """Writes a line."""
        job = lease.job.job
        until = lease.asked_at + lease.length
        words = (
            what, job.job_id, lease.job.claim, f"{time.monotonic():.6f}", f"{until:.6f}",
            os.getpid(), job.lane or "-", job.key,
        )  # fmt: skip
        os.write(self._file, " ".join(map(str, words)).encode() + b"\n")


class NotingQueue(Queue):
    """Notes each lease as it is made whole again."""

    def __init__(self, notes: Notes, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._notes = notes

    async def extend(self, leases: Sequence[Lease]) -> Sequence[pb.LeaseResult]:
        """See Queue."""
        asked_at = time.monotonic()
        results = await super().extend(leases)
        for lease, result in zip(leases, results, strict=True):
            if result.extended:
                whole = Lease(lease.job, asked_at)
                whole.extended(result, asked_at)
                self._notes.note("extended", whole)
        return results


async def run(lease: Lease, notes: Notes) -> Outcome:
    """The workflow of every job."""
    key, attempt = lease.job.job.key, lease.job.job.attempt
    notes.note("start", lease)
    digest = zlib.crc32(key.encode())
    await asyncio.sleep(LONG if one_in(IS_LONG, key) else digest % 40 / 1000)
    if attempt == 1 and one_in(IS_TRIED_AGAIN, key):
        notes.note("retry", lease)
        return Retry("TRIED_AGAIN", timedelta(milliseconds=200))
    # An attempt that a snooze gave back is the first again: what was noted tells them apart.
    if attempt == 1 and lease.job.claim == 1 and not lease.job.job.lane and one_in(IS_PUT_OFF, key):
        notes.note("later", lease)
        return Later(timedelta(seconds=digest % 40), "PUT_OFF")
    notes.note("done", lease)
    return Done("done", follow_ups_of(key))


async def main() -> None:
    """argv: the address of a jobs service, the folder of certificates, the file for notes."""
    address, certificates, path = sys.argv[1:]
    configure_logging("worker", "WARNING")
    stop = async_stop_event_on_signals()
    notes = Notes(Path(path))
    async with aio_channel(
        address,
        TlsFiles.of(Path(certificates), "worker"),
        service=SERVICE,
        idempotent_methods=IDEMPOTENT,
    ) as channel:
        queue = NotingQueue(notes, channel, f"noting-{os.getpid()}-{time.monotonic_ns()}")
        worker = Worker(queue, Slots(PLACES, JOB_TYPES), lambda lease: run(lease, notes))
        await worker.run(stop, timedelta(seconds=1))


if __name__ == "__main__":
    asyncio.run(main())
