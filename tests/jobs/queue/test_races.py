"""What must hold when many do the same thing at the same moment, through two replicas."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

import grpc
import pytest

from kit.database import Database
from kit.refusals import refusal_of
from protos.jobs.v1 import jobs_pb2 as pb
from tests.jobs.queue.promises import breaches
from tests.jobs.queue.replica import Replica
from tests.jobs.queue.running import RunningQueue
from tests.jobs.queue.vocabulary import (
    Caller,
    Queue,
    answer,
    bury,
    complete,
    job,
    probe,
    retry,
    snooze,
    stripe,
    until,
)

pytestmark = pytest.mark.slow

T = TypeVar("T")
USERS = 5
ROUNDS = 25


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
    import psycopg

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


# -- claims ------------------------------------------------------------------------------------


def test_no_job_is_given_to_two_workers(queue: Queue, callers: Sequence[Caller]) -> None:
    queue.enqueue_all(*(new(f"k{n}") for n in range(200)))

    def work(number: int) -> list[int]:
        held: list[pb.ClaimedJob] = []
        caller = callers[number % 2]
        while some := caller.claim(count=7, worker=f"w{number}", held=held):
            held += some
        return [each.job.job_id for each in held]

    given = Counter(job_id for ids in at_once(8, work) for job_id in ids)
    assert len(given) == 200
    assert set(given.values()) == {1}


def test_overlapping_settlements_in_opposite_order_all_get_an_answer(
    queue: Queue, callers: Sequence[Caller]
) -> None:
    for turn in range(8):
        queue.enqueue_all(*(new(f"{turn}-{n}", f"user{n}") for n in range(40)))
        held = queue.claim(count=40, worker=f"w{turn}")
        ends = [complete(each, new(f"after-{each.job.key}", "zoe")) for each in held]

        def end(number: int, ends: list[pb.Settlement] = ends) -> list[str]:
            return callers[number % 2].settle(*ends[:: 1 if number // 2 else -1])

        outcomes = Counter(result for results in at_once(4, end) for result in results)
        assert outcomes == {"DONE": 40, "ALREADY": 120}


def test_rows_are_locked_in_one_order_whatever_the_order_of_the_call(
    queue: Queue, callers: Sequence[Caller]
) -> None:
    """Two settlements meet in the middle, where somebody holds a row until both have begun."""
    queue.enqueue_all(*(new(f"k{n}") for n in range(9)))
    held = queue.claim()
    ends = [complete(each) for each in held]
    middle = "SELECT FROM jobs.jobs WHERE id = %s FOR UPDATE"
    with behind_a_lock(queue, middle, held[4].job.job_id) as pool:
        ending = [
            pool.submit(caller.settle, *ends[::order])
            for caller, order in zip(callers, (1, -1), strict=True)
        ]
        are_waiting(queue, 2)
        free = b"SELECT id FROM jobs.jobs ORDER BY id FOR UPDATE SKIP LOCKED"
        assert [row[0] for row in queue.admin.execute(free)] == [
            each.job.job_id for each in held[4:]
        ]
    outcomes = Counter(result for each in ending for result in each.result())
    assert outcomes == {"DONE": 9, "ALREADY": 9}


def test_two_ends_of_one_claim_are_one_end(queue: Queue, callers: Sequence[Caller]) -> None:
    for turn in range(ROUNDS):
        queue.enqueue_all(new(f"a{turn}", "ann"), new(f"b{turn}", "ann"))
        claimed = queue.claim_one()
        words = both(
            lambda claimed=claimed, turn=turn: callers[0].complete(claimed, new(f"after{turn}")),  # type: ignore[misc]
            lambda claimed=claimed: callers[1].bury(claimed),  # type: ignore[misc]
        )
        assert sorted(map(str, words)) == ["ALREADY", "DONE"]
        done = words[0] == "DONE"
        assert queue.state(f"a{turn}") == ("COMPLETED" if done else "DEAD")
        assert [is_there(queue, key) for key in (f"after{turn}", f"apology:a{turn}")] == [
            done,
            not done,
        ]
        queue.complete(queue.claim_one("answer_sms"))
        clear(queue, "probe", "send_notice")


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


def test_a_late_end_and_the_next_claim_of_a_job_are_one_or_the_other(
    queue: Queue, callers: Sequence[Caller]
) -> None:
    for turn in range(ROUNDS):
        queue.enqueue(f"a{turn}", answer())
        late = queue.claim_one(worker="late")
        its_lease_runs_out(queue, late)
        word, claimed = both(
            lambda late=late, turn=turn: callers[0].complete(late, new(f"after{turn}")),  # type: ignore[misc]
            lambda: callers[1].claim("answer_sms", worker="next"),
        )
        assert isinstance(claimed, list)
        assert (word, len(claimed)) in [("DONE", 0), ("STALE_CLAIM", 1)]
        assert is_there(queue, f"after{turn}") == (word == "DONE")
        for each in claimed:
            assert each.claim == late.claim + 1
            assert queue.complete(each) == "DONE"
        clear(queue, "probe")


def test_a_late_end_of_a_spent_job_and_its_burial_are_one_or_the_other(
    queue: Queue, callers: Sequence[Caller]
) -> None:
    for turn in range(ROUNDS):
        queue.enqueue(f"a{turn}", answer())
        late = queue.claim_one(worker="late")
        its_lease_runs_out(queue, late, attempts=3)
        word, claimed = both(
            lambda late=late, turn=turn: callers[0].complete(late, new(f"after{turn}")),  # type: ignore[misc]
            lambda: callers[1].claim("answer_sms", worker="next"),
        )
        assert claimed == []
        done = word == "DONE"
        assert word in ("DONE", "STALE_CLAIM")
        assert queue.state(f"a{turn}") == ("COMPLETED" if done else "DEAD")
        assert is_there(queue, f"after{turn}") == done
        assert is_there(queue, f"apology:a{turn}") != done
        clear(queue, "probe", "send_notice")


def test_an_extension_and_the_next_claim_of_a_job_are_one_or_the_other(
    queue: Queue, callers: Sequence[Caller]
) -> None:
    for turn in range(ROUNDS):
        queue.enqueue(f"a{turn}")
        late = queue.claim_one(worker="late")
        its_lease_runs_out(queue, late)
        token = pb.ClaimToken(job_id=late.job.job_id, claim=late.claim)
        request = pb.ExtendLeasesRequest(worker_id="late", claims=[token])
        extended, claimed = both(
            lambda request=request: callers[0].stub.ExtendLeases(request).results[0].extended,  # type: ignore[misc]
            lambda: callers[1].claim(worker="next"),
        )
        assert isinstance(claimed, list)
        assert bool(extended) != bool(claimed)
        assert queue.complete(claimed[0] if claimed else late) == "DONE"


def test_a_worker_that_takes_an_answer_for_lost_and_settles_it_does_one_or_the_other(
    queue: Queue, callers: Sequence[Caller]
) -> None:
    for turn in range(ROUNDS):
        queue.enqueue(f"a{turn}")
        claimed = queue.claim_one()
        word, again = both(
            lambda claimed=claimed: callers[0].complete(claimed),  # type: ignore[misc]
            callers[1].claim,
        )
        assert isinstance(again, list)
        assert (word, len(again)) in [("DONE", 0), ("STALE_CLAIM", 1)]
        for each in again:
            assert (each.claim, each.job.attempt) == (2, 1)
            assert queue.complete(each) == "DONE"


# -- operators ---------------------------------------------------------------------------------


def test_a_cancel_meets_a_claim_and_the_job_ends_once(
    queue: Queue, callers: Sequence[Caller]
) -> None:
    for turn in range(ROUNDS):
        first = f"a{turn}"
        queue.enqueue_all(new(first, "ann"), new(f"b{turn}", "ann"))
        claimed, _ = both(
            lambda: callers[0].claim("answer_sms"),
            lambda first=first: callers[1].cancel_job(first),  # type: ignore[misc]
        )
        assert isinstance(claimed, list)
        if [each.job.key for each in claimed] == [first]:
            assert queue.job(first).cancel_requested
            assert callers[0].retry(claimed[0]) == "CANCELLED"
            claimed = []
        assert queue.state(first) == "CANCELLED"
        # The next of the lane goes on, to this claim or to another.
        [second] = claimed or queue.claim("answer_sms")
        assert second.job.key == f"b{turn}"
        assert queue.complete(second) == "DONE"


@pytest.mark.parametrize("how", ["complete", "bury", "snooze", "retry"])
def test_a_retry_meets_an_end_and_is_refused_or_comes_after_it(
    queue: Queue, callers: Sequence[Caller], how: str
) -> None:
    after = {"complete": "COMPLETED", "bury": "DEAD"}.get(how, "SCHEDULED")
    for turn in range(ROUNDS):
        key = f"a{turn}"
        queue.enqueue(key, stripe())
        claimed = queue.claim_one("process_stripe_event")
        end = {
            "complete": complete(claimed),
            "bury": bury(claimed),
            "snooze": snooze(claimed, 99),
            "retry": retry(claimed, 9),
        }[how]
        word, refusal = both(
            lambda end=end: callers[0].settle(end)[0],  # type: ignore[misc]
            lambda key=key: reason(lambda: callers[1].retry_job(key)),  # type: ignore[misc]
        )
        assert word == "DONE"
        assert refusal in ("", "JOB_NOT_RETRYABLE")
        assert refusal or how != "complete"
        assert queue.state(key) == (after if refusal else "READY")
        if queue.state(key) == "SCHEDULED":
            queue.retry_job(key)
        clear(queue, "process_stripe_event")


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
