"""What is claimed, stored and settled costs the same however much waits beside it."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import Executable, TextClause, text

from kit.database import Database, DbWriter
from kit.paging import Page
from services.jobs.job import State
from services.jobs.model.claim import Slots, claim, extend, ready_types
from services.jobs.model.due import join_due, next_due
from services.jobs.model.enqueue import enqueue
from services.jobs.model.read import job_by_key, list_jobs
from services.jobs.model.settle import settle
from services.jobs.new_job import parse_new_job
from services.jobs.settlement import Complete, Settlement
from tests.jobs.queue.vocabulary import ALL, Queue, answer, job

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


class Explaining(DbWriter):
    """Keeps the plan of each statement that runs through it."""

    def __init__(self, db: DbWriter) -> None:
        super().__init__(db._connection)
        self.plans: list[str] = []

    def _run(self, stmt: Executable, params: Any) -> Any:
        if isinstance(stmt, TextClause):
            explained: Any = text("EXPLAIN " + stmt.text)
        else:
            compiled = stmt.compile(  # type: ignore[attr-defined]
                dialect=self._connection.dialect, compile_kwargs={"literal_binds": True}
            )
            explained = text("EXPLAIN " + re.sub(r"(?<!:):(?!:)", r"\\:", str(compiled)))
        self.plans += self._connection.execute(explained, params).scalars().all()
        return super()._run(stmt, params)


@pytest.fixture(scope="module")
def filled(whole_queue: Queue, databases: Any) -> Iterator[Queue]:
    databases.truncate("jobs")
    whole_queue.admin.execute("SELECT setval('jobs.job_ids', 5000000)")
    whole_queue.admin.execute(FILL.encode())
    whole_queue.admin.execute("VACUUM ANALYZE")
    yield whole_queue
    databases.truncate("jobs")


def plans_of(database: Database, work: Callable[[DbWriter], object]) -> str:
    with database.writer() as db:
        explaining = Explaining(db)
        work(explaining)
    return "\n".join(explaining.plans)


def no_table_is_read_through(plans: str) -> bool:
    scanned = set(re.findall(r"Seq Scan on (\w+)", plans))
    # Small tables of their own, which fit on a page.
    return scanned <= {"worker_claims", "schedules", "dead_jobs", "paused_types"} | {
        name for name in scanned if name.startswith("finished_jobs_")
    }


def test_a_claim_looks_at_nothing_that_waits(filled: Queue, database: Database) -> None:
    database.transact(lambda db: enqueue(db, [parse_new_job(job(f"p{time.time_ns()}"))]))
    slots = [Slots(ALL, 50)]
    plans = plans_of(database, lambda db: claim(db, "w1", slots, []))
    assert no_table_is_read_through(plans), plans
    assert re.search(r"jobs_by_readiness.*\n.*Index Cond: \(\(type = .*run_at <= now\(\)", plans)
    started = time.monotonic()
    for _ in range(10):
        database.transact(lambda db: claim(db, "w2", slots, []))
    assert (time.monotonic() - started) / 10 < 0.1


def test_keeping_and_returning_leases_looks_at_nothing_that_waits(
    filled: Queue, database: Database
) -> None:
    jobs = [parse_new_job(job(f"l{n}-{time.time_ns()}")) for n in range(200)]
    database.transact(lambda db: enqueue(db, jobs))
    slots = [Slots(("probe",), 200)]
    held = database.transact(lambda db: claim(db, "w4", slots, [])).jobs
    tokens = [(each.job.job_id, each.claim) for each in held]
    plans = plans_of(database, lambda db: extend(db, tokens))
    assert no_table_is_read_through(plans), plans
    plans = plans_of(database, lambda db: claim(db, "w4", slots, tokens[:10]))
    assert no_table_is_read_through(plans), plans


def test_storing_and_settling_look_at_nothing_that_waits(filled: Queue, database: Database) -> None:
    key = f"e{time.time_ns()}"
    new = [parse_new_job(job(key, answer("carla"))), parse_new_job(job("f7"))]
    plans = plans_of(database, lambda db: enqueue(db, new))
    assert no_table_is_read_through(plans), plans
    [leased] = database.transact(lambda db: claim(db, "w3", [Slots(("answer_sms",), 1)], [])).jobs
    follow_up = parse_new_job(job(f"{key}+", answer("carla")))
    end = Settlement(leased.job.job_id, leased.claim, Complete("", (follow_up,)))
    plans = plans_of(database, lambda db: settle(db, [end], random.random))
    assert no_table_is_read_through(plans), plans
    assert "jobs_lane_followers" in plans
    plans = plans_of(database, lambda db: settle(db, [end], random.random))
    assert no_table_is_read_through(plans), plans


@pytest.mark.parametrize(
    "work",
    [
        join_due,
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
    filled: Queue, database: Database, work: Callable[[DbWriter], object]
) -> None:
    plans = plans_of(database, work)
    assert no_table_is_read_through(plans), plans


def test_a_claim_changes_no_indexed_column(filled: Queue) -> None:
    """So the new version of the row stays on its page, and no index grows."""
    rows = filled.admin.execute(
        "SELECT DISTINCT attname FROM pg_index JOIN pg_attribute ON attrelid = indrelid"
        " WHERE indrelid = 'jobs.jobs'::regclass AND (attnum = ANY (indkey::int[])"
        " OR coalesce(pg_get_expr(indpred, indrelid), '') ~ ('\\m' || attname || '\\M'))"
    ).fetchall()
    indexed = {row[0] for row in rows}
    assert indexed == {"id", "type", "run_at", "lane", "place", "blocked"}
