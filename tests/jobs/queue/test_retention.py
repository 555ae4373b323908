"""What ended long ago is dropped in time, and nothing else is."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from kit.database import Database
from kit.migrations import migrate
from kit.refusals import StoreUnavailable
from protos.jobs.v1 import jobs_pb2 as pb
from services.jobs.model.history import PORTION
from services.jobs.pruning import prune_history
from tests.databases import PACKAGES, Databases
from tests.jobs.queue.vocabulary import Queue, job, one_of_each

pytestmark = pytest.mark.slow


def prune(queue: Queue) -> pb.PruneHistoryResponse:
    return queue.stub.PruneHistory(pb.PruneHistoryRequest())


def known(queue: Queue) -> set[str]:
    return {row[0] for row in queue.admin.execute("SELECT key FROM jobs.job_keys")}


def ago(days: float) -> datetime:
    return datetime.now(UTC) - timedelta(days=days)


def stored(queue: Queue, days: float, ended: float | None = None) -> None:
    """All keys were stored so many days ago; their jobs ended so many days ago."""
    queue.admin.execute(
        "UPDATE jobs.job_keys SET created_at = %s, ended_at = %s",
        [ago(days), None if ended is None else ago(ended)],
    )


def test_a_key_is_forgotten_30_days_after_the_end_of_its_job(queue: Queue) -> None:
    one_of_each(queue)
    everything = known(queue)
    stored(queue, days=30.9)  # ended within a day of that: 29.9 days ago, perhaps
    assert prune(queue).keys == 0
    assert known(queue) == everything
    stored(queue, days=31.1)
    assert prune(queue).keys == 2
    assert known(queue) == everything - {"COMPLETED", "CANCELLED"}
    assert queue.enqueue("COMPLETED").created
    assert not queue.enqueue("DEAD").created


@pytest.mark.parametrize(("ended", "kept"), [(29.9, True), (30.1, False)])
def test_the_end_of_a_job_that_took_long_counts_not_its_start(
    queue: Queue, ended: float, kept: bool
) -> None:
    queue.enqueue("k")
    queue.time_passes(2 * 86_400)
    queue.complete(queue.claim_one())
    row = queue.admin.execute("SELECT ended_at FROM jobs.job_keys").fetchone()
    assert row is not None
    assert row[0] is not None
    stored(queue, days=90, ended=ended)
    prune(queue)
    assert known(queue) == ({"k"} if kept else set())


def test_pruning_goes_on_past_what_it_keeps_and_portion_by_portion(
    queue: Queue, database: Database
) -> None:
    dead, done = PORTION + 10, 2 * PORTION
    queue.admin.execute(
        "INSERT INTO jobs.dead_jobs (id, key, type, priority, run_at, claim, settled_claim,"
        " attempt, last_error, payload, died_at) SELECT n, 'k' || n, 'probe', 2, now(), 1, 1, 1,"
        " '', '', now() FROM generate_series(1, %s) AS n",
        [dead],
    )
    queue.admin.execute(
        "INSERT INTO jobs.job_keys (key, job_id, body_sha, created_at)"
        " SELECT 'k' || n, n, '', now() - interval '40 days' FROM generate_series(1, %s) AS n",
        [dead + done],
    )
    queue.admin.execute(
        "INSERT INTO jobs.job_keys (key, job_id, body_sha) VALUES ('new', %s, '')",
        [dead + done + 1],
    )
    assert prune_history(database, patience=0).more
    pruned = prune_history(database, patience=60)
    assert (pruned.keys, pruned.more) == (done, False)
    assert queue.count("job_keys") == dead + 1


def test_every_item_is_answered_while_its_key_is_being_forgotten(
    queue: Queue, database: Database
) -> None:
    jobs = [job(f"k{n}") for n in range(30)]
    for _ in range(40):
        queue.admin.execute("TRUNCATE jobs.jobs, jobs.job_keys")
        queue.admin.execute(
            "INSERT INTO jobs.job_keys (key, job_id, body_sha, created_at)"
            " SELECT 'k' || n, n, '', now() - interval '40 days' FROM generate_series(0, 29) AS n"
        )
        together = threading.Barrier(4)

        def enqueue(order: int, together: threading.Barrier = together) -> list[bool]:
            together.wait()
            request = pb.EnqueueJobsRequest(jobs=jobs[::order])
            made = [each.job.created for each in queue.stub.EnqueueJobs(request).results]
            assert len(made) == len(jobs)
            return made

        def forget(together: threading.Barrier = together) -> None:
            together.wait()
            prune_history(database, patience=0)

        with ThreadPoolExecutor(4) as pool:
            forgetting = pool.submit(forget)
            made = [pool.submit(enqueue, order) for order in (1, -1, 1)]
            created = sum(sum(each.result(60)) for each in made)
            forgetting.result(60)
        assert queue.count("jobs") == created
        alive = queue.admin.execute(
            "SELECT count(*) FROM jobs.jobs j JOIN jobs.job_keys k ON k.job_id = j.id"
        ).fetchone()
        assert alive == (created,)


def days(queue: Queue) -> list[str]:
    """The days of finished jobs that have a partition."""
    rows = queue.admin.execute(
        "SELECT relname FROM pg_inherits JOIN pg_class ON oid = inhrelid"
        " WHERE inhparent = 'jobs.finished_jobs'::regclass AND relname <> 'finished_jobs_default'"
        " ORDER BY relname"
    )
    return [row[0].removeprefix("finished_jobs_") for row in rows]


def day(ahead: int) -> str:
    return f"{datetime.now(UTC) + timedelta(days=ahead):%Y%m%d}"


def make_day(queue: Queue, ahead: int) -> None:
    """Makes the partition of a day, as the owner of the schema."""
    start = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    start += timedelta(days=ahead)
    name = f"jobs.finished_jobs_{day(ahead)}"
    queue.admin.execute(
        f"SET ROLE jobs_owner;"
        f"CREATE TABLE {name} (LIKE jobs.finished_jobs INCLUDING ALL);"
        f"ALTER TABLE jobs.finished_jobs ATTACH PARTITION {name}"
        f" FOR VALUES FROM ('{start}') TO ('{start + timedelta(days=1)}');"
        f"RESET ROLE".encode()
    )


def drop_day(queue: Queue, ahead: int) -> None:
    queue.admin.execute(f"DROP TABLE IF EXISTS jobs.finished_jobs_{day(ahead)}".encode())


@pytest.fixture
def with_all_days(queue: Queue) -> Iterator[Queue]:
    """Whatever a test did to the days, they are there again after it."""
    yield queue
    queue.admin.execute("TRUNCATE jobs.finished_jobs")
    prune(queue)
    assert days(queue) == [day(n) for n in range(15)]


def test_days_are_dropped_after_14_days_and_made_14_days_ahead(with_all_days: Queue) -> None:
    queue = with_all_days
    for n in (-20, -15, -14, -1):
        make_day(queue, n)
    for n in (3, 14):
        drop_day(queue, n)
    queue.enqueue("old")
    queue.complete(queue.claim_one())
    queue.admin.execute("UPDATE jobs.finished_jobs SET finished_at = now() - interval '15 days'")
    pruned = prune(queue)
    assert (pruned.dropped_days, pruned.strays, pruned.more) == (2, 0, False)
    assert days(queue) == [day(-14), day(-1), *(day(n) for n in range(15))]
    assert queue.count("finished_jobs") == 0
    for n in (-14, -1):
        drop_day(queue, n)


def test_a_missing_day_stops_no_settlement_and_is_told(with_all_days: Queue) -> None:
    queue = with_all_days
    drop_day(queue, 0)
    drop_day(queue, 1)
    queue.enqueue("k")
    claimed = queue.claim_one()
    assert [queue.complete(claimed) for _ in range(2)] == ["DONE", "ALREADY"]
    assert queue.state("k") == "COMPLETED"
    assert prune(queue).strays == 1
    assert days(queue) == [day(n) for n in range(1, 15)]
    queue.running.run(queue.running.ticker._count())
    assert queue.running.metric("finished_strays") == 1
    queue.admin.execute(
        "UPDATE jobs.finished_jobs_default SET finished_at = now() - interval '14 days 1 minute'"
    )
    assert prune(queue).strays == 0
    prune(queue)
    assert day(0) in days(queue)


def test_the_next_migration_makes_the_days_too(with_all_days: Queue, databases: Databases) -> None:
    urls = databases["jobs"]
    drop_day(with_all_days, 7)
    migrate("jobs", PACKAGES / "jobs", urls.admin, urls.writer, urls.reader)
    assert day(7) in days(with_all_days)


def test_who_reads_history_for_long_delays_pruning_not_settling(
    with_all_days: Queue, databases: Databases, database: Database
) -> None:
    queue = with_all_days
    make_day(queue, -20)
    queue.enqueue_all(*(job(f"k{n}") for n in range(20)))
    claims = queue.claim(count=20)
    with psycopg.connect(databases["jobs"].admin) as reading, ThreadPoolExecutor(1) as pool:
        reading.execute("SELECT count(*) FROM jobs.finished_jobs")
        pruning = pool.submit(prune_history, database)
        slowest = 0.0
        for claimed in claims:
            started = time.monotonic()
            assert queue.complete(claimed) == "DONE"
            slowest = max(slowest, time.monotonic() - started)
        assert slowest < 15  # they would wait as long as pruning, a minute here
        with pytest.raises(StoreUnavailable):
            pruning.result(60)
    assert prune(queue).dropped_days == 1


def test_errors_go_with_their_jobs(with_all_days: Queue) -> None:
    queue = with_all_days
    queue.enqueue_all(job("done"), job("dead"), job("gone"))
    for claimed in queue.claim():
        queue.retry(claimed)
    queue.time_passes(5)
    for claimed in queue.claim():
        queue.bury(claimed) if claimed.job.key == "dead" else queue.complete(claimed)
    queue.admin.execute("UPDATE jobs.job_errors SET created_at = now() - interval '20 days'")
    assert prune(queue).errors == 0
    queue.admin.execute("DELETE FROM jobs.finished_jobs WHERE key = 'gone'")
    assert prune(queue).errors == 1
    assert queue.count("job_errors") == 3


def test_a_service_may_drop_no_day_by_itself(queue: Queue, databases: Databases) -> None:
    with psycopg.connect(databases["jobs"].writer, autocommit=True) as writer:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            writer.execute(f"DROP TABLE jobs.finished_jobs_{day(0)}".encode())
        assert writer.execute("SELECT jobs.drop_finished_day()").fetchone() == (None,)
    with (
        psycopg.connect(databases["jobs"].reader, autocommit=True) as reader,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        reader.execute("SELECT jobs.drop_finished_day()")
