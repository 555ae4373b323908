"""Nobody waits for another caller's item, or fails with it: a lane that somebody holds, an item
that the database refuses and a settlement that hangs, beside calls with which nothing is wrong."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import grpc
import psycopg
import pytest

from kit.refusals import refusal_of
from protos.jobs.v1 import jobs_pb2 as pb
from services.jobs.model.lanes import LOCK_CLASS, number_of
from tests.jobs.queue.promises import breaches
from tests.jobs.queue.replica import Replica
from tests.jobs.queue.vocabulary import Caller, Queue, answer, job, until

pytestmark = pytest.mark.slow

HANGS = 4711
GOOD = 50
# What is stored under such a key is refused, and what ends under such a key waits for a lock.
PLANTED = f"""
CREATE OR REPLACE FUNCTION jobs.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'planted' USING ERRCODE = 'check_violation'; END $$;
CREATE OR REPLACE FUNCTION jobs.hang() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN PERFORM pg_advisory_xact_lock({HANGS}); RETURN NEW; END $$;
CREATE TRIGGER refuse BEFORE INSERT ON jobs.jobs
  FOR EACH ROW WHEN (NEW.key LIKE 'poison%') EXECUTE FUNCTION jobs.refuse();
CREATE TRIGGER hang BEFORE INSERT ON jobs.finished_jobs
  FOR EACH ROW WHEN (NEW.key LIKE 'hanging%') EXECUTE FUNCTION jobs.hang();
"""


@pytest.fixture(scope="module")
def callers(replicas: Sequence[Replica], whole_queue: Queue) -> Sequence[Caller]:
    """All at one replica; what goes wrong is planted."""
    whole_queue.admin.execute(PLANTED.encode())
    return [replicas[0].caller("admin") for _ in range(2)]


@contextmanager
def held_up(queue: Queue, lane: str) -> Iterator[None]:
    """Somebody holds the lane, and what settlements hang on."""
    with queue.admin.transaction():
        queue.admin.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK_CLASS, number_of(lane)])
        queue.admin.execute("SELECT pg_advisory_xact_lock(%s)", [HANGS])
        yield


def waiting(queue: Queue) -> int:
    """How many sessions wait for what is held."""
    [row] = queue.admin.execute(
        "SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted AND locktype = 'advisory'"
    )
    return int(row[0])


def stored(queue: Queue, prefix: str) -> int:
    """How many keys with the prefix others can see."""
    with psycopg.connect(queue.admin.info.dsn, password=queue.admin.info.password) as another:
        [row] = another.execute(
            "SELECT count(*) FROM jobs.job_keys WHERE key LIKE %s", [f"{prefix}%"]
        )
        return int(row[0])


def all_at_once(pool: ThreadPoolExecutor, calls: Sequence[Callable[[], Any]]) -> list[Future[Any]]:
    barrier = threading.Barrier(len(calls))

    def begin(call: Callable[[], Any]) -> Any:
        barrier.wait()
        return call()

    return [pool.submit(begin, call) for call in calls]


def test_good_calls_are_done_while_bad_ones_still_wait(
    queue: Queue, callers: Sequence[Caller]
) -> None:
    one, other = callers
    queue.enqueue("hanging")
    hanging = queue.claim_one()
    batch = [job(f"batch{n}") for n in range(20)]
    batch[5:5] = [job("poison in a batch")]
    batch[9:9] = [job("held in a batch", answer("ann"))]
    with ThreadPoolExecutor(GOOD + 10) as pool:
        with held_up(queue, "person:ann"):
            bad: list[Future[Any]] = [
                pool.submit(one.complete, hanging),
                pool.submit(one.enqueue, "held", answer("ann")),
                pool.submit(one.enqueue_all, *batch),
            ]
            until(lambda: waiting(queue) >= 2)
            good = all_at_once(
                pool,
                [lambda n=n: other.enqueue(f"good{n}", answer(f"b{n}")) for n in range(GOOD)],  # type: ignore[misc]
            )
            with pytest.raises(grpc.RpcError) as refused:
                other.enqueue("poison alone")
            assert refusal_of(refused.value).code is grpc.StatusCode.INTERNAL
            assert all(each.result(60).created for each in good)
            until(lambda: stored(queue, "batch") == 20)
            assert not any(each.done() for each in bad)
        assert bad[0].result() == "DONE"
        assert bad[1].result().created
        results: Sequence[pb.EnqueueResult] = bad[2].result()
    assert [each.error.reason for each in results if each.HasField("error")] == ["INTERNAL"]
    assert sum(each.job.created for each in results) == 21
    assert queue.state("held") in ("READY", "BLOCKED")
    assert breaches(queue.admin) == []


def test_a_poisoned_item_among_many_single_calls_fails_alone(
    queue: Queue, callers: Sequence[Caller]
) -> None:
    """However the calls are gathered."""

    def post(number: int) -> str:
        key = f"poison{number}" if number % 10 == 3 else f"good{number}"
        try:
            return str(callers[number % 2].enqueue(key, answer(f"u{number % 7}")).created)
        except grpc.RpcError as error:
            return refusal_of(error).reason

    with ThreadPoolExecutor(GOOD) as pool:
        calls = all_at_once(pool, [lambda n=n: post(n) for n in range(GOOD)])  # type: ignore[misc]
        words = [each.result() for each in calls]
    assert words == ["INTERNAL" if number % 10 == 3 else "True" for number in range(GOOD)]
    assert stored(queue, "good") == 45
    assert stored(queue, "poison") == 0
    assert breaches(queue.admin) == []


def test_many_callers_of_one_held_lane_leave_room_for_the_others(
    queue: Queue, callers: Sequence[Caller]
) -> None:
    """More of them than there are threads that write, whether they begin or end something."""
    one, other = callers
    queue.enqueue_all(*(job(f"ending{n}") for n in range(8)))
    ending = queue.claim(count=8)
    with ThreadPoolExecutor(GOOD + 20) as pool:
        with held_up(queue, "person:ann"):
            begun = all_at_once(
                pool,
                [lambda n=n: one.enqueue(f"held{n}", answer()) for n in range(8)],  # type: ignore[misc]
            )
            ended = all_at_once(
                pool,
                [
                    lambda each=each: one.complete(each, job(f"after{each.job.key}", answer()))  # type: ignore[misc]
                    for each in ending
                ],
            )
            until(lambda: waiting(queue) >= 2)
            good = all_at_once(
                pool,
                [lambda n=n: other.enqueue(f"good{n}", answer(f"b{n}")) for n in range(GOOD)],  # type: ignore[misc]
            )
            assert all(each.result(60).created for each in good)
            assert not any(each.done() for each in begun + ended)
        assert all(each.result().created for each in begun)
        assert {each.result() for each in ended} == {"DONE"}
    assert breaches(queue.admin) == []
