"""What must hold when many do the same thing at the same moment."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TypeVar

import pytest

from kit.database import Database, DbWriter
from services.jobs.intake import store_many
from services.jobs.model.claim import LeasedJob, Slots, claim
from services.jobs.model.due import join_due
from services.jobs.model.settle import Result, settle
from services.jobs.new_job import NewJob, parse_new_job
from services.jobs.settlement import Complete, Retry, Settlement, Snooze
from tests.jobs.queue.vocabulary import ALL, Queue, answer, job, probe, until

pytestmark = pytest.mark.slow

T = TypeVar("T")
USERS = 5


def at_once(count: int, work: Callable[[int], T]) -> list[T]:
    """The results of work that begins everywhere at the same moment."""
    barrier = threading.Barrier(count)

    def run(number: int) -> T:
        barrier.wait()
        return work(number)

    with ThreadPoolExecutor(count) as pool:
        return [each.result(60) for each in [pool.submit(run, number) for number in range(count)]]


def new(key: str, user: str | None = None) -> NewJob:
    return parse_new_job(job(key, probe() if user is None else answer(user)))


def leases(database: Database, worker: str, count: int, held: list[LeasedJob]) -> list[LeasedJob]:
    tokens = [(each.job.job_id, each.claim) for each in held]
    return database.transact(lambda db: claim(db, worker, [Slots(ALL, count)], tokens)).jobs


def finished(leased: LeasedJob, *follow_ups: NewJob) -> Settlement:
    return Settlement(leased.job.job_id, leased.claim, Complete("", follow_ups))


def test_one_key_posted_fifty_times_at_once_is_one_job(queue: Queue, database: Database) -> None:
    """Acceptance 12."""
    results = at_once(50, lambda _: store_many(database, [new("twilio:SM1")])[0])
    assert sum(result.created for result in results) == 1  # type: ignore[union-attr]
    assert len({result.job_id for result in results}) == 1  # type: ignore[union-attr]
    assert queue.count("jobs") == 1


def test_batches_with_the_same_keys_in_any_order_store_each_once(
    queue: Queue, database: Database
) -> None:
    def post(number: int) -> int:
        jobs = [new(f"k{n}", f"user{n % USERS}") for n in range(60)]
        random.Random(number).shuffle(jobs)
        return sum(result.created for result in store_many(database, jobs))  # type: ignore[union-attr]

    assert sum(at_once(10, post)) == 60
    assert queue.count("jobs") == queue.count("job_keys") == 60


def test_no_job_is_given_to_two_workers(queue: Queue, database: Database) -> None:
    store_many(database, [new(f"k{n}") for n in range(200)])

    def work(number: int) -> list[int]:
        held: list[LeasedJob] = []
        while some := leases(database, f"w{number}", 7, held):
            held += some
        return [each.job.job_id for each in held]

    given = Counter(job_id for ids in at_once(8, work) for job_id in ids)
    assert len(given) == 200
    assert set(given.values()) == {1}


def test_a_lane_is_never_stuck_where_its_end_meets_an_enqueue(
    queue: Queue, database: Database
) -> None:
    """The head is settled while the next is enqueued: one of them has to see the other."""
    for turn in range(40):
        store_many(database, [new(f"head{turn}", "ann")])
        [head] = leases(database, f"w{turn}", 1, [])

        def act(number: int, head: LeasedJob = head, turn: int = turn) -> object:
            if number:
                return store_many(database, [new(f"next{turn}", "ann")])
            return database.transact(lambda db: settle(db, [finished(head)], random.random))

        at_once(2, act)
        [following] = leases(database, f"w{turn}", 1, [])
        assert following.job.key == f"next{turn}"
        database.transact(
            lambda db, last=following: settle(db, [finished(last)], random.random)  # type: ignore[misc]
        )


def test_overlapping_settlements_in_opposite_order_all_get_an_answer(
    queue: Queue, database: Database
) -> None:
    for turn in range(8):
        store_many(database, [new(f"{turn}-{n}", f"user{n}") for n in range(40)])
        held = leases(database, f"w{turn}", 40, [])
        ends = [finished(each, new(f"after-{each.job.key}", "zoe")) for each in held]

        def end(number: int, ends: list[Settlement] = ends) -> list[Result]:
            order = ends[:: 1 if number % 2 else -1]
            return database.transact(lambda db: settle(db, order, random.random)).results

        outcomes = Counter(result for results in at_once(4, end) for result in results)
        assert outcomes == {Result.DONE: 40, Result.ALREADY: 120}


def test_rows_are_locked_in_one_order_whatever_the_order_of_the_call(
    queue: Queue, database: Database
) -> None:
    """Two settlements meet in the middle, where somebody holds a row until both have begun."""
    store_many(database, [new(f"k{n}") for n in range(9)])
    held = leases(database, "w1", 9, [])
    tries: list[int] = []

    def end(order: int) -> list[Result]:
        def once(db: DbWriter) -> list[Result]:
            tries.append(order)
            return settle(db, [finished(each) for each in held[::order]], random.random).results

        return database.transact(once)

    with ThreadPoolExecutor(2) as pool:
        with queue.admin.transaction():
            middle = held[4].job.job_id
            queue.admin.execute("SELECT FROM jobs.jobs WHERE id = %s FOR UPDATE", [middle])
            ending = [pool.submit(end, order) for order in (1, -1)]
            until(lambda: _waiting(queue) == 2)
        outcomes = Counter(result for each in ending for result in each.result())
    assert outcomes == {Result.DONE: 9, Result.ALREADY: 9}
    # A deadlock would have been tried again: nothing had to be.
    assert sorted(tries) == [-1, 1]


def _waiting(queue: Queue) -> int:
    """How many wait for a lock. pg_stat_activity would tell a transaction the same all along."""
    row = queue.admin.execute(
        "SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted"
    ).fetchone()
    return 0 if row is None else int(row[0])


def test_a_crowd_loses_nothing_and_runs_nothing_twice(queue: Queue, database: Database) -> None:
    """Enqueuers, workers that finish, retry and snooze, and the mover, all at once."""
    total, stop = 240, threading.Event()
    done: Counter[str] = Counter()
    noting = threading.Lock()

    def enqueue(number: int) -> None:
        dice = random.Random(number)
        for n in range(total // 3):
            key = f"{number}-{n}"
            user = None if dice.random() < 0.3 else f"user{dice.randrange(USERS)}"
            store_many(database, [new(key, user)])

    def work(number: int) -> None:
        dice = random.Random(number)
        while not stop.is_set():
            taken = leases(database, f"w{number}", 8, [])
            ends = [_ending(dice, each) for each in taken]
            if not ends:
                stop.wait(0.01)
                continue
            results = database.transact(
                lambda db, ends=ends: settle(db, ends, dice.random)  # type: ignore[misc]
            ).results
            with noting:
                for each, end, result in zip(taken, ends, results, strict=True):
                    assert result is Result.DONE
                    done[each.job.key] += isinstance(end.outcome, Complete)
            if sum(done.values()) == total:
                stop.set()

    def move(_: int) -> None:
        while not stop.is_set():
            queue.admin.execute("UPDATE jobs.scheduled_jobs SET run_at = now()")
            database.transact(join_due)
            stop.wait(0.02)

    actors = [enqueue] * 3 + [work] * 4 + [move]
    at_once(len(actors), lambda number: actors[number](number))
    assert len(done) == total
    assert set(done.values()) == {1}
    assert queue.count("jobs") == queue.count("scheduled_jobs") == 0
    assert queue.count("finished_jobs") == total


def _ending(dice: random.Random, leased: LeasedJob) -> Settlement:
    token = (leased.job.job_id, leased.claim)
    if leased.job.attempt < 3 and dice.random() < 0.15:
        return Settlement(*token, Retry("X", timedelta(milliseconds=5)))
    if dice.random() < 0.15:
        return Settlement(*token, Snooze(timedelta(seconds=31)))
    return Settlement(*token, Complete())
