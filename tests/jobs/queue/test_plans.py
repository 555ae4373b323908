"""What is claimed, stored and settled costs the same however much waits beside it."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from kit.database import Database, DbWriter
from kit.paging import Page
from services.jobs.job import State
from services.jobs.model.activity import activity
from services.jobs.model.claim import Slots, claim, extend, give_back, ready_types
from services.jobs.model.complete import Ended, complete_laneless, complete_locked
from services.jobs.model.due import join_due, next_due
from services.jobs.model.enqueue import enqueue, enqueue_laneless
from services.jobs.model.erase import LEDGER, erase_stretch
from services.jobs.model.hand import Taker, enqueue_one
from services.jobs.model.read import job_by_key, list_jobs
from services.jobs.model.settle import settle
from services.jobs.new_job import parse_new_job
from services.jobs.person import Person
from services.jobs.settlement import Complete, Settlement
from tests.databases import Databases
from tests.jobs.queue.explaining import Explaining
from tests.jobs.queue.vocabulary import ALL, Queue, answer, job, probe, text
from tests.plans import settle_down

WAITING = 50_000
FILL = f"""
INSERT INTO jobs.scheduled_jobs
  (id, key, type, priority, run_at, claim, settled_claim, attempt, last_error, payload)
SELECT n, 's' || n, 'send_check_in', 2, now() + interval '1 day', 0, 0, 0, '', '\\x00'
  FROM generate_series(1, {WAITING}) AS n;
INSERT INTO jobs.jobs
  (id, key, type, lane, priority, run_at, claim, settled_claim, attempt, last_error, payload,
   place, blocked, cancel_requested, lease_until)
SELECT {WAITING} + n, 'b' || n, 'answer_sms', 'person:' || n % 500, 1, now(), 0, 0, 0, '',
       '\\x00', n, n > 500, false, CASE WHEN n <= 500 THEN now() + interval '1 hour' END
  FROM generate_series(1, {WAITING + 500}) AS n;
INSERT INTO jobs.finished_jobs
  (id, key, type, priority, run_at, claim, settled_claim, attempt, last_error, payload,
   state, result, finished_at)
SELECT 1000000 + n, 'f' || n, 'probe', 2, now(), 1, 1, 1, '', '\\x00', 'completed', '', now()
  FROM generate_series(1, {WAITING}) AS n;
INSERT INTO jobs.job_keys (key, job_id, body_sha)
SELECT 'f' || n, 1000000 + n, '\\x00' FROM generate_series(1, {WAITING}) AS n;
"""


@pytest.fixture(scope="module")
def filled(whole_queue: Queue, databases: Any) -> Iterator[Queue]:
    databases.truncate("jobs")
    whole_queue.admin.execute("SELECT setval('jobs.job_ids', 5000000)")
    # or VACUUM finds commits that are not on disk, and marks no page as visible to all
    whole_queue.admin.execute("SET synchronous_commit = on")
    whole_queue.admin.execute(FILL.encode())
    settle_down(whole_queue.admin, "jobs.jobs", "jobs.scheduled_jobs", "jobs.job_keys")
    yield whole_queue
    databases.truncate("jobs")


@pytest.fixture(scope="module")
def explaining(databases: Databases) -> Iterator[Explaining]:
    explaining = Explaining(databases["jobs"].admin)
    yield explaining
    explaining.close()


def no_table_is_read_through(plans: str) -> bool:
    scanned = set(re.findall(r"Seq Scan on (\w+)", plans))
    # Small tables of their own, which fit on a page.
    return scanned <= {"worker_claims", "schedules", "dead_jobs", "paused_types"} | {
        name for name in scanned if name.startswith("finished_jobs_")
    }


def test_a_claim_looks_at_nothing_that_waits(
    filled: Queue, database: Database, explaining: Explaining
) -> None:
    database.transact(lambda db: enqueue(db, [parse_new_job(job(f"p{time.time_ns()}"))]))
    explaining.run(lambda db: claim(db, "w1", [Slots(ALL, 50)], []))
    assert no_table_is_read_through(explaining.plans), explaining.plans
    assert re.search(
        r"jobs_by_readiness.*\n.*Index Cond: \(\(type = .*run_at <= now\(\)", explaining.plans
    )


def test_keeping_and_returning_leases_looks_at_nothing_that_waits(
    filled: Queue, database: Database, explaining: Explaining
) -> None:
    jobs = [parse_new_job(job(f"l{n}-{time.time_ns()}")) for n in range(200)]
    database.transact(lambda db: enqueue(db, jobs))
    slots = [Slots(("probe",), 200)]
    held = explaining.run(lambda db: claim(db, "w4", slots, [])).jobs
    tokens = [(each.job_id, each.claim) for each in held]
    plans = explaining.plans_of(lambda db: extend(db, tokens))
    assert no_table_is_read_through(plans), plans
    lost = explaining.run(lambda db: claim(db, "w4", slots, tokens[:10])).lost
    assert len(lost) == 190
    assert no_table_is_read_through(explaining.plans), explaining.plans
    plans = explaining.plans_of(lambda db: give_back(db, "w4", lost))
    assert no_table_is_read_through(plans), plans


def test_storing_and_settling_look_at_nothing_that_waits(
    filled: Queue, database: Database, explaining: Explaining
) -> None:
    key = f"e{time.time_ns()}"
    new = [parse_new_job(job(key, answer("carla"))), parse_new_job(job("f7"))]
    plans = explaining.plans_of(lambda db: enqueue(db, new))
    assert no_table_is_read_through(plans), plans
    assert "jobs_lane_head" in plans
    explaining.run(lambda db: enqueue_laneless(db, [parse_new_job(job(f"{key}-")), new[1]]))
    assert no_table_is_read_through(explaining.plans), explaining.plans
    alone = parse_new_job(job(f"{key}--"))
    taker = Taker("w8", ALL, [])
    _, handed = explaining.run(lambda db: enqueue_one(db, alone, taker))
    assert handed is None  # others wait for longer
    assert "jobs_by_readiness" in explaining.plans
    assert no_table_is_read_through(explaining.plans), explaining.plans
    urgent = parse_new_job(job(f"{key}---", text()))
    _, handed = explaining.run(lambda db: enqueue_one(db, urgent, taker))
    assert handed is not None
    assert no_table_is_read_through(explaining.plans), explaining.plans
    _, handed = explaining.run(lambda db: enqueue_one(db, urgent._replace(key=f"{key}----"), taker))
    assert handed is None  # what it was handed before it does not hold
    assert "jobs_pkey" in explaining.plans
    assert no_table_is_read_through(explaining.plans), explaining.plans
    [plain] = explaining.run(lambda db: claim(db, "w3", [Slots(("probe",), 1)], [])).jobs
    explaining.run(lambda db: complete_laneless(db, [Ended(plain.job_id, plain.claim, "")]))
    assert "jobs_pkey" in explaining.plans
    assert no_table_is_read_through(explaining.plans), explaining.plans
    [leased] = explaining.run(lambda db: claim(db, "w5", [Slots(("answer_sms",), 1)], [])).jobs
    follow_up = parse_new_job(job(f"{key}+", answer("carla")))
    end = Settlement(leased.job_id, leased.claim, Complete("", (follow_up,)))
    plans = explaining.plans_of(lambda db: settle(db, [end], random.random))
    assert no_table_is_read_through(plans), plans
    assert "jobs_lane_followers" in plans
    plans = explaining.plans_of(lambda db: settle(db, [end], random.random))
    assert no_table_is_read_through(plans), plans
    [leased] = explaining.run(lambda db: claim(db, "w6", [Slots(("answer_sms",), 1)], [])).jobs
    follow_ups = (parse_new_job(job(f"{key}++", answer("carla"))), parse_new_job(job("f7")))
    ends = [Ended(leased.job_id, leased.claim, "", follow_ups)]
    _, locked = explaining.run(lambda db: complete_laneless(db, ends))
    assert no_table_is_read_through(explaining.plans), explaining.plans
    assert explaining.run(lambda db: complete_locked(db, locked)).ended == {leased.job_id}
    assert no_table_is_read_through(explaining.plans), explaining.plans
    assert "jobs_lane_followers" in explaining.plans


@pytest.mark.parametrize(
    "work",
    [
        join_due,
        activity,
        lambda db: next_due(db, schedules=True),
        lambda db: ready_types(db, ALL),
        lambda db: job_by_key(db, "f7", payload=True),
        lambda db: list_jobs(db, Page(50), state=State.SCHEDULED),
        lambda db: list_jobs(db, Page(50), lane="person:7"),
        lambda db: list_jobs(db, Page(50), state=State.COMPLETED, type_="probe"),
        lambda db: list_jobs(db, Page(50), state=State.CANCELLED),
        lambda db: list_jobs(db, Page(50)),
    ],
)
def test_looking_at_the_queue_uses_its_indexes(
    filled: Queue, explaining: Explaining, work: Callable[[DbWriter], object]
) -> None:
    plans = explaining.plans_of(work)
    assert no_table_is_read_through(plans), plans


def test_a_stretch_of_an_erasure_looks_at_no_more_than_its_jobs_or_keys(
    filled: Queue, explaining: Explaining
) -> None:
    person = Person("0198c0de-0000-7000-8000-00000000000a", "+12025550101", frozenset())
    for table in range(LEDGER + 1):
        look = partial(erase_stretch, person=person, place=(table, 0), stretch=100)
        plans = explaining.plans_of(look)
        assert no_table_is_read_through(plans), plans
    assert "job_keys_by_job" in plans


def test_a_claimed_job_stays_on_its_page(filled: Queue) -> None:
    """Or every index would get another entry."""
    filled.enqueue_all(*(job(f"page{n}", probe("x" * 270)) for n in range(300)))
    pages = b"SELECT id, (ctid::text::point)[0] FROM jobs.jobs WHERE key LIKE 'page%' ORDER BY id"

    def on_pages_of_their_own() -> list[tuple[int, float]]:
        """None of the first page, which may be full of what was there before."""
        rows = filled.admin.execute(pages).fetchall()
        return [row for row in rows if row[0] not in first_page]

    rows = filled.admin.execute(pages).fetchall()
    first_page = {job_id for job_id, page in rows if page == rows[0][1]}
    before = on_pages_of_their_own()
    assert len(before) > 200
    worker = "respite-worker-5d8f7c9b6d-abcde-1-0123abcd/rest-2"
    assert len(filled.claim("probe", count=1000, worker=worker)) >= 300
    assert on_pages_of_their_own() == before


def test_a_claim_changes_no_indexed_column(filled: Queue) -> None:
    """So the new version of the row stays on its page, and no index grows."""
    rows = filled.admin.execute(
        "SELECT DISTINCT attname FROM pg_index JOIN pg_attribute ON attrelid = indrelid"
        " WHERE indrelid = 'jobs.jobs'::regclass AND (attnum = ANY (indkey::int[])"
        " OR coalesce(pg_get_expr(indpred, indrelid), '') ~ ('\\m' || attname || '\\M'))"
    ).fetchall()
    indexed = {row[0] for row in rows}
    assert indexed == {"id", "type", "run_at", "lane", "place", "blocked"}
