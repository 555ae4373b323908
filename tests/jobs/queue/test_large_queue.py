"""A million scheduled, a hundred thousand blocked and a million finished jobs slow nothing down."""

from __future__ import annotations

import itertools
import random
import re
import time
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, TypeVar

import pytest

from kit.aio_database import AsyncWriter
from kit.database import Database, DbWriter
from kit.paging import Page
from services.jobs.job import State
from services.jobs.model.activity import activity
from services.jobs.model.claim import Slots, claim, extend, ready_types
from services.jobs.model.complete import Ended, complete_laneless, complete_locked
from services.jobs.model.due import join_due, next_due, stuck_lanes
from services.jobs.model.enqueue import enqueue, enqueue_laneless
from services.jobs.model.history import prune_errors, prune_keys
from services.jobs.model.read import MOST_COUNTED, job_by_id, job_by_key, list_jobs, queue_stats
from services.jobs.model.settle import settle
from services.jobs.new_job import parse_new_job
from services.jobs.settlement import Complete, Settlement
from tests.databases import Databases
from tests.jobs.queue.explaining import Explaining
from tests.jobs.queue.vocabulary import ALL, Queue, answer, check_in, job
from tests.plans import settle_down

pytestmark = pytest.mark.slow

T = TypeVar("T")

# Of several types, in lanes and out of them; ids in the order in which jobs came.
FILL = (
    # What is filled in the transaction that has emptied it is not written to the log as well.
    "TRUNCATE jobs.jobs, jobs.scheduled_jobs, jobs.finished_jobs, jobs.job_keys",
    """
INSERT INTO jobs.scheduled_jobs
  (id, key, type, lane, priority, run_at, claim, settled_claim, attempt, last_error, payload)
SELECT n, 's' || n, (ARRAY['send_check_in', 'send_notice', 'answer_sms'])[1 + n % 3],
       CASE WHEN n % 3 = 2 THEN 'person:' || n END, 2, now() + interval '1 day', 0, 0, 0, '', ''
  FROM generate_series(1, 1000000) AS n
""",
    """
INSERT INTO jobs.jobs
  (id, key, type, lane, priority, run_at, claim, settled_claim, attempt, last_error, payload,
   place, blocked, cancel_requested, lease_until)
SELECT 1000000 + n, 'b' || n, (ARRAY['answer_sms', 'send_answer'])[1 + n % 2],
       'person:' || n % 500, 1, now(), 0, 0, 0, '', '', n, n > 500, false,
       CASE WHEN n <= 500 THEN now() + interval '1 hour' END
  FROM generate_series(1, 100500) AS n
""",
    """
INSERT INTO jobs.finished_jobs
  (id, key, type, lane, priority, run_at, claim, settled_claim, attempt, last_error, payload,
   state, result, finished_at)
SELECT 2000000 + n, 'f' || n, (ARRAY['probe', 'answer_sms'])[1 + n % 2],
       CASE WHEN n % 2 = 1 THEN 'person:' || n % 5000 END, 2, now(), 1, 1, 1, '', '',
       CASE WHEN n % 1000 = 0 THEN 'cancelled' ELSE 'completed' END, '',
       now() + (n % 3) * interval '1 day'
  FROM generate_series(1, 1000000) AS n
""",
    """
INSERT INTO jobs.job_keys (key, job_id, body_sha)
SELECT 'f' || n, 2000000 + n, '' FROM generate_series(1, 1000000) AS n
""",
    "SELECT setval('jobs.job_ids', 5000000)",
)
LARGE = {"jobs", "scheduled_jobs", "job_keys", "finished_jobs"}


@pytest.fixture(scope="module")
def filled(whole_queue: Queue, databases: Databases) -> Iterator[Queue]:
    databases.truncate("jobs")
    admin = whole_queue.admin
    # VACUUM takes rows for visible to all only once their commit is on disk.
    admin.execute("SET synchronous_commit = on")
    with admin.transaction():
        for statement in FILL:
            admin.execute(statement.encode())
    settle_down(admin, "jobs.jobs", "jobs.scheduled_jobs", "jobs.job_keys")
    yield whole_queue
    databases.truncate("jobs")


@pytest.fixture(scope="module")
def large(filled: Queue) -> set[str]:
    """The tables that nothing may read through, partitions with rows among them."""
    rows = filled.admin.execute(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relispartition AND reltuples > 0"
    )
    return LARGE | {row[0] for row in rows}


@pytest.fixture(scope="module")
def explaining(databases: Databases) -> Iterator[Explaining]:
    explaining = Explaining(databases["jobs"].admin)
    yield explaining
    explaining.close()


def read_through(plans: str) -> set[str]:
    return set(re.findall(r"Seq Scan on (\w+)", plans))


def takes_no_longer_than(seconds: float, work: Callable[[], object]) -> bool:
    """Of many times once is enough: what else runs on this machine says nothing of the plan."""

    def is_quick() -> bool:
        started = time.perf_counter()
        work()
        return time.perf_counter() - started < seconds

    return any(is_quick() for _ in range(50))


def test_the_path_of_a_job_stays_on_its_indexes(
    filled: Queue, large: set[str], explaining: Explaining
) -> None:
    """Enqueue, claim, heartbeat, settle with a follow-up, promotion of the next in the lane."""
    told = []

    def called(work: Callable[[AsyncWriter], Coroutine[Any, Any, T]]) -> T:
        result = explaining.run(work)
        told.append(explaining.plans)
        return result

    new = [parse_new_job(job(f"{n}", answer("person-of-many-texts"))) for n in range(5)]
    new += [parse_new_job(job("f7")), parse_new_job(job("later", check_in()))]
    told.append(explaining.plans_of(lambda db: enqueue(db, new)))
    free = [parse_new_job(job(f"free-{n}")) for n in range(5)]
    called(lambda db: enqueue_laneless(db, [*free, parse_new_job(job("f9"))]))
    slots = [Slots(ALL, 50)]
    leased = called(lambda db: claim(db, "w1", slots, [])).jobs
    held = [(each.job_id, each.claim) for each in leased]
    told.append(explaining.plans_of(lambda db: extend(db, held)))
    plain = [Ended(each.job_id, each.claim, "") for each in leased if each.lane is None]
    assert len(called(lambda db: complete_laneless(db, plain))[0].ended) == len(free)
    [first] = [each for each in leased if each.lane == "person:person-of-many-texts"]
    follow_up = parse_new_job(job("follow-up", answer("person-of-many-texts")))
    end = Settlement(first.job_id, first.claim, Complete("", (follow_up,)))
    told.append(explaining.plans_of(lambda db: settle(db, [end], random.random)))
    told.append(explaining.plans_of(lambda db: settle(db, [end], random.random)))  # ALREADY
    [next_] = called(lambda db: claim(db, "w1", slots, held)).jobs
    another = parse_new_job(job("another follow-up", answer("person-of-many-texts")))
    ends = [Ended(next_.job_id, next_.claim, "", (another, parse_new_job(job("f7"))))]
    _, locked = called(lambda db: complete_laneless(db, ends))
    assert called(lambda db: complete_locked(db, locked)).ended == {next_.job_id}
    for plans in told:
        assert not read_through(plans) & large, plans
    for index in ("jobs_by_readiness", "jobs_lane_head", "jobs_lane_followers", "job_keys_pkey"):
        assert any(index in plans for plans in told), index
    assert takes_no_longer_than(0.05, lambda: explaining.run(lambda db: claim(db, "w2", slots, [])))


LOOKS: dict[str, Callable[[DbWriter], object]] = {
    "due": join_due,
    "next due": lambda db: next_due(db, schedules=True),
    "ready": lambda db: ready_types(db, ALL),
    "stuck lanes": stuck_lanes,
    "statistics": queue_stats,
    "activity": activity,
    "by key": lambda db: job_by_key(db, "f7", payload=True),
    "by id": lambda db: job_by_id(db, 2_000_007, payload=True),
    "prune keys": lambda db: prune_keys(db, 0),
    "prune errors": lambda db: prune_errors(db, 0),
}


@pytest.mark.parametrize("name", LOOKS)
def test_looking_at_the_queue_stays_on_its_indexes(
    filled: Queue, large: set[str], explaining: Explaining, name: str
) -> None:
    plans = explaining.plans_of(LOOKS[name])
    assert not read_through(plans) & large, plans


def test_jobs_are_listed_from_indexes_whatever_they_are_chosen_by(
    filled: Queue, large: set[str], explaining: Explaining
) -> None:
    """Types with many jobs, and with none in most states; lanes with many jobs, and with one."""
    found = {}
    for state, type_, lane, after in itertools.product(
        (None, *State), ("", "answer_sms", "probe"), ("", "person:7", "person:2"), (None, 50_000)
    ):
        page = Page(50, None if after is None else (after,))

        def look(db: DbWriter, page: Page = page, state: State | None = state, *by: str) -> object:
            return list_jobs(db, page, state=state, type_=type_, lane=lane)  # noqa: B023

        plans = explaining.plans_of(look)
        if read_through(plans) & large:
            found[state, type_, lane, after] = plans
    assert not found


def test_the_statistics_are_counted_in_no_time_and_up_to_a_limit(
    filled: Queue, database: Database
) -> None:
    stats = {each.type: each for each in database.transact(queue_stats)}
    assert stats["send_notice"].scheduled == MOST_COUNTED
    assert stats["answer_sms"].scheduled == MOST_COUNTED
    assert stats["send_answer"].blocked == 50_000
    assert stats["send_answer"].running == 250
    assert takes_no_longer_than(0.5, lambda: database.transact(queue_stats))
    assert takes_no_longer_than(0.5, lambda: database.transact(activity))
