"""What must hold when many do the same thing at the same moment, through two replicas."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

import psycopg
import pytest

from kit.database import Database
from protos.jobs.v1 import jobs_pb2 as pb
from tests.jobs.queue.promises import breaches
from tests.jobs.queue.racing import (
    ROUNDS,
    USERS,
    are_waiting,
    at_once,
    behind_a_lock,
    both,
    new,
)
from tests.jobs.queue.replica import Replica
from tests.jobs.queue.running import RunningQueue
from tests.jobs.queue.vocabulary import (
    Caller,
    Queue,
    answer,
    complete,
    probe,
    retry,
    snooze,
    stripe,
)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def callers(replicas: Sequence[Replica]) -> Sequence[Caller]:
    """The same workers and operator at either replica."""
    return [each.caller("admin") for each in replicas]


@pytest.fixture(scope="module")
def another_clock(database: Database, grpc_addr: str) -> Iterator[RunningQueue]:
    running = RunningQueue(database, f"{grpc_addr}-beside")
    yield running
    running.close()


@pytest.fixture(autouse=True)
def _promises_are_kept(queue: Queue) -> Iterator[None]:
    yield
    assert breaches(queue.admin) == []


# -- keys --------------------------------------------------------------------------------------


def test_one_key_posted_fifty_times_at_once_is_one_job(
    queue: Queue, callers: Sequence[Caller]
) -> None:
    """Acceptance 12, 41."""
    results = at_once(50, lambda number: callers[number % 2].enqueue("twilio:SM1"))
    assert sum(result.created for result in results) == 1
    assert len({result.job_id for result in results}) == 1
    assert queue.count("jobs") == 1


def test_batches_with_the_same_keys_in_any_order_store_each_once(
    queue: Queue, callers: Sequence[Caller]
) -> None:
    def post(number: int) -> int:
        jobs = [new(f"k{n}", f"user{n % USERS}") for n in range(60)]
        random.Random(number).shuffle(jobs)
        return sum(result.job.created for result in callers[number % 2].enqueue_all(*jobs))

    assert sum(at_once(10, post)) == 60
    assert queue.count("jobs") == queue.count("job_keys") == 60


def test_two_batches_in_opposite_order_meet_in_the_middle_and_both_are_answered(
    queue: Queue, callers: Sequence[Caller]
) -> None:
    """Somebody holds the key in the middle until both have begun: whoever took keys in the order
    of its own batch would now stand in the other's way."""
    jobs = [new(f"k{n}") for n in range(9)]
    planted = "INSERT INTO jobs.job_keys (key, job_id, body_sha) VALUES ('k4', 0, '')"
    with behind_a_lock(queue, planted) as pool:
        calls = [
            pool.submit(callers[0].enqueue_all, *jobs),
            pool.submit(callers[1].enqueue_all, *reversed(jobs)),
        ]
        are_waiting(queue, 2)
        queue.admin.execute("DELETE FROM jobs.job_keys WHERE key = 'k4'")
        # The second to come waits for the first at the first of the keys, and has none itself.
        taken = "INSERT INTO jobs.job_keys (key, job_id, body_sha) VALUES (%s, 0, '')"
        free = [key for key in ("k0", "k8") if not _would_wait(queue, taken, key)]
        assert free == ["k8"]
    results = [result.job for call in calls for result in call.result()]
    assert Counter(result.created for result in results) == {True: 9, False: 9}
    assert queue.count("jobs") == 9


def _would_wait(queue: Queue, statement: str, *arguments: object) -> bool:
    """Whether the statement meets a lock; it is undone."""

    with psycopg.connect(queue.admin.info.dsn, password=queue.admin.info.password) as another:
        another.execute("SET lock_timeout = '100ms'")
        try:
            another.execute(statement.encode(), arguments)
        except psycopg.errors.LockNotAvailable:
            return True
        finally:
            another.rollback()
    return False


# -- lanes -------------------------------------------------------------------------------------


def test_a_lane_is_never_stuck_where_its_end_meets_an_enqueue(
    queue: Queue, callers: Sequence[Caller]
) -> None:
    """The head is settled while the next is enqueued: one of them has to see the other."""
    one, other = callers
    queue.enqueue("head0", answer())
    for turn in range(ROUNDS):
        head = one.claim_one(worker=f"w{turn}")
        key = f"head{turn + 1}"
        both(lambda head=head: one.complete(head), lambda key=key: other.enqueue(key, answer()))  # type: ignore[misc]
        assert queue.state(key) == "READY"


def test_two_lanes_whose_ends_go_on_in_each_other_never_stand_in_each_others_way(
    queue: Queue, callers: Sequence[Caller]
) -> None:
    queue.enqueue_all(new("ann", "ann"), new("bob", "bob"))
    for turn in range(ROUNDS):
        heads = {each.job.lane: each for each in callers[0].claim("answer_sms")}
        ann, bob = heads["person:ann"], heads["person:bob"]
        words = both(
            lambda ann=ann, key=f"bob {turn}": callers[0].complete(ann, new(key, "bob")),  # type: ignore[misc]
            lambda bob=bob, key=f"ann {turn}": callers[1].complete(bob, new(key, "ann")),  # type: ignore[misc]
        )
        assert words == ("DONE", "DONE")
        assert queue.state(f"ann {turn}") == queue.state(f"bob {turn}") == "READY"


def test_what_becomes_due_is_moved_once_and_in_order_by_two_replicas(
    queue: Queue, callers: Sequence[Caller], another_clock: RunningQueue
) -> None:
    """While a worker goes through the lanes that it joins."""
    total, lanes = 240, 8
    queue.admin.execute(
        "WITH ledger AS (INSERT INTO jobs.job_keys (key, job_id, body_sha)"
        f" SELECT 'k' || n, n, '' FROM generate_series(1, {total}) AS n)"
        " INSERT INTO jobs.scheduled_jobs (id, key, type, lane, priority, run_at, claim,"
        " settled_claim, attempt, last_error, payload) SELECT n, 'k' || n, 'answer_sms',"
        f" 'person:' || n % {lanes}, 1, now() - n * interval '1 s', 0, 0, 0, '', ''"
        f" FROM generate_series(1, {total}) AS n"
    )
    started: list[int] = []

    def work(_: int) -> None:
        while len(started) < total:
            for claimed in callers[0].claim("answer_sms", count=lanes, wait=0.1):
                started.append(claimed.job.job_id)
                assert callers[1].complete(claimed) == "DONE"

    def tick(number: int) -> None:
        clock = another_clock if number % 2 else queue.running
        clock.run(clock.ticker.tick())

    actors: list[Callable[[int], object]] = [work, tick, tick]
    at_once(3, lambda number: actors[number](number))
    for lane in range(lanes):
        # The longest due first: those have the highest numbers here.
        order = [number for number in started if number % lanes == lane]
        assert order == sorted(order, reverse=True)
    assert sorted(started) == list(range(1, total + 1))


# -- everything --------------------------------------------------------------------------------


def test_a_crowd_loses_nothing_and_runs_nothing_twice(
    queue: Queue, callers: Sequence[Caller]
) -> None:
    """Enqueuers, workers that finish, retry and snooze, and the mover, all at once."""
    total, stop = 240, threading.Event()
    done: Counter[str] = Counter()
    noting = threading.Lock()

    def enqueue(number: int) -> None:
        dice = random.Random(number)
        for n in range(total // 3):
            user = None if dice.random() < 0.3 else f"user{dice.randrange(USERS)}"
            payload = probe() if user is None else stripe(user)
            callers[number % 2].enqueue(f"{number}-{n}", payload)

    def work(number: int) -> None:
        dice = random.Random(number)
        while not stop.is_set():
            taken = callers[number % 2].claim(count=8, worker=f"w{number}", wait=0.05)
            ends = [_ending(dice, each) for each in taken]
            words = callers[number % 2].settle(*ends) if ends else []
            assert set(words) <= {"DONE"}
            with noting:
                for each, end in zip(taken, ends, strict=True):
                    done[each.job.key] += end.HasField("complete")
            if sum(done.values()) == total:
                stop.set()

    def move(_: int) -> None:
        while not stop.is_set():
            queue.admin.execute("UPDATE jobs.scheduled_jobs SET run_at = now()")
            queue.tick()
            stop.wait(0.02)

    actors = [enqueue] * 3 + [work] * 4 + [move]
    at_once(len(actors), lambda number: actors[number](number))
    assert len(done) == total
    assert set(done.values()) == {1}
    assert queue.count("jobs") == queue.count("scheduled_jobs") == 0
    assert queue.count("finished_jobs") == total


def _ending(dice: random.Random, claimed: pb.ClaimedJob) -> pb.Settlement:
    if claimed.job.attempt < 3 and dice.random() < 0.15:
        return retry(claimed, 0.005)
    if dice.random() < 0.15:
        return snooze(claimed, 31)
    return complete(claimed)
