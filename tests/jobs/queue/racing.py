"""Two things at the same moment, and what a race needs besides."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

import grpc

from kit.refusals import refusal_of
from protos.jobs.v1 import jobs_pb2 as pb
from services.jobs.model.lanes import LOCK_CLASS, number_of
from tests.jobs.queue.vocabulary import Queue, answer, job, probe, until

T = TypeVar("T")
USERS = 5
ROUNDS = 25


def at_once(count: int, work: Callable[[int], T]) -> list[T]:
    """The results of work that begins everywhere at the same moment."""
    barrier = threading.Barrier(count)

    def run(number: int) -> T:
        barrier.wait()
        return work(number)

    with ThreadPoolExecutor(count) as pool:
        return [each.result(60) for each in [pool.submit(run, number) for number in range(count)]]


def both(one: Callable[[], object], other: Callable[[], object]) -> tuple[object, object]:
    """What two calls at the same moment return."""
    first, second = at_once(2, lambda number: (other if number else one)())
    return first, second


@contextmanager
def behind_a_lock(queue: Queue, statement: str, *arguments: object) -> Iterator[ThreadPoolExecutor]:
    """Whatever the block submits, and waits to see waiting, goes on at once at its end."""
    with ThreadPoolExecutor(4) as pool, queue.admin.transaction():
        queue.admin.execute(statement.encode(), arguments)
        yield pool


@contextmanager
def held_up(queue: Queue, lane: str) -> Iterator[None]:
    """Somebody else has the lane."""
    with queue.admin.transaction():
        queue.admin.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK_CLASS, number_of(lane)])
        yield


def are_waiting(queue: Queue, count: int) -> None:
    """Waits until so many sessions wait for a lock."""
    # Not pg_stat_activity, which tells a transaction the same all along.
    waiting = b"SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted"
    until(lambda: queue.admin.execute(waiting).fetchone() == (count,))


def new(key: str, user: str | None = None) -> pb.NewJob:
    return job(key, probe() if user is None else answer(user))


def reason(call: Callable[[], object]) -> str:
    """Why it was refused, "" where it was not."""
    try:
        call()
    except grpc.RpcError as error:
        return refusal_of(error).reason
    return ""


def its_lease_runs_out(queue: Queue, claimed: pb.ClaimedJob, attempts: int = 1) -> None:
    queue.admin.execute(
        "UPDATE jobs.jobs SET lease_until = now(), attempt = %s WHERE id = %s",
        [attempts, claimed.job.job_id],
    )


def is_there(queue: Queue, key: str) -> bool:
    found = queue.admin.execute("SELECT FROM jobs.job_keys WHERE key = %s", [key])
    return found.fetchone() is not None


def clear(queue: Queue, *types: str) -> None:
    """Does what there is of these types."""
    for claimed in queue.claim(*types, count=100):
        queue.complete(claimed)
