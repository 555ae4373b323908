"""What is put off runs when it is due, and what goes by the clock runs once a tick."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from kit.database import Database
from services.jobs.model.schedule import fire_due, seed_schedules
from services.jobs.schedules import SCHEDULES, next_tick, tick_key
from services.jobs.ticker import INTERVAL
from tests.jobs.queue.handing import WAIT
from tests.jobs.queue.running import SWEEP
from tests.jobs.queue.vocabulary import Queue, in_seconds

NEW_YORK, PACIFIC = "America/New_York", "America/Los_Angeles"


def test_a_job_is_not_given_out_before_its_time(queue: Queue) -> None:
    queue.enqueue("k", run_time=in_seconds(60))
    assert queue.state("k") == "SCHEDULED"
    assert not queue.claim()
    queue.time_passes(61)
    assert queue.claim_one().job.key == "k"


def test_what_is_due_is_moved_within_the_interval_by_the_clock(queue: Queue) -> None:
    queue.enqueue("k", run_time=in_seconds(0.5))
    stop = threading.Event()
    pauses: list[timedelta] = []

    def tick() -> None:
        while not stop.is_set():
            pauses.append(queue.running.run(queue.running.ticker.tick()))
            stop.wait(pauses[-1].total_seconds())

    with ThreadPoolExecutor(1) as pool:
        ticking = pool.submit(tick)
        claimed = queue.claim("probe", wait=WAIT)
        stop.set()
        ticking.result()
    assert [each.job.key for each in claimed] == ["k"]
    assert max(pauses) <= INTERVAL


def test_many_that_are_due_at_once_are_all_moved(queue: Queue) -> None:
    queue.admin.execute(
        "INSERT INTO jobs.scheduled_jobs (id, key, type, priority, run_at, claim, settled_claim,"
        " attempt, last_error, payload) SELECT n, 'k' || n, 'probe', 2, now(), 0, 0, 0, '', ''"
        " FROM generate_series(1, 1000) AS n"
    )
    queue.tick()
    assert queue.count("scheduled_jobs") == 0
    assert len(queue.claim("probe", count=1000)) == 1000


def due(queue: Queue, ago: float) -> None:
    """The sweep's tick came so many seconds ago."""
    queue.tick()
    queue.admin.execute(
        f"UPDATE jobs.schedules SET next_run_at = now() - interval '{ago} s'".encode()
    )


def test_a_schedule_is_there_from_the_start(queue: Queue, database: Database) -> None:
    with database.writer() as db:
        seed_schedules(db, [SWEEP], datetime(2026, 11, 23, 9, 1, tzinfo=UTC))
        seed_schedules(db, [SWEEP], datetime(2030, 1, 1, tzinfo=UTC))
    rows = queue.admin.execute("SELECT name, type, next_run_at FROM jobs.schedules").fetchall()
    expected = datetime(2026, 11, 23, 9, 5, tzinfo=UTC)
    assert rows == [("sweep_check_ins", "sweep_check_ins", expected)]


@pytest.fixture
def seeded(queue: Queue, database: Database) -> Queue:
    with database.writer() as db:
        seed_schedules(db, [SWEEP], datetime.now(UTC))
    return queue


def test_a_tick_stores_one_job_named_after_it(seeded: Queue) -> None:
    due(seeded, 1)
    row = seeded.admin.execute("SELECT next_run_at FROM jobs.schedules").fetchone()
    assert row is not None
    seeded.tick()
    claimed = seeded.claim_one()
    assert claimed.job.key == tick_key("sweep_check_ins", row[0])
    assert claimed.job.payload.HasField("sweep_check_ins")
    seeded.tick()
    assert not seeded.claim(held=[claimed])


def test_missed_ticks_are_one(seeded: Queue) -> None:
    due(seeded, 3 * 86_400)
    seeded.tick()
    seeded.tick()
    assert len(seeded.keys()) == 1
    row = seeded.admin.execute("SELECT next_run_at > now() FROM jobs.schedules").fetchone()
    assert row == (True,)


def test_however_many_replicas_fire_it_is_one_job(seeded: Queue, database: Database) -> None:
    due(seeded, 1)
    barrier = threading.Barrier(8)

    def fire() -> int:
        barrier.wait()
        return sum(made.created for _, made in database.transact(fire_due))

    with ThreadPoolExecutor(8) as pool:
        fired = [each.result() for each in [pool.submit(fire) for _ in range(8)]]
    assert sum(fired) == 1
    assert len(seeded.keys()) == 1


def test_a_sweep_that_overlaps_the_next_tick_holds_it_back(seeded: Queue) -> None:
    due(seeded, 400)
    seeded.tick()
    running = seeded.claim_one()
    due(seeded, 1)
    seeded.tick()
    assert not seeded.claim(held=[running])
    seeded.complete(running)
    assert seeded.claim_one().job.type == "sweep_check_ins"


def test_a_schedule_of_a_newer_version_is_passed_over(seeded: Queue) -> None:
    due(seeded, 1)
    seeded.admin.execute("UPDATE jobs.schedules SET payload = '\\xfa3e00'")
    seeded.tick()
    assert seeded.keys() == []


@pytest.mark.parametrize(
    ("cron", "zone", "after", "expected"),
    [
        ("*/5 * * * *", "UTC", "2026-11-23T09:00:00+00:00", "2026-11-23T09:05:00+00:00"),
        # New York: 02:30 does not exist on 2026-03-08, 01:30 exists twice on 2026-11-01.
        ("30 2 * * *", NEW_YORK, "2026-03-08T05:00:00+00:00", "2026-03-08T07:00:00+00:00"),
        ("30 1 * * *", NEW_YORK, "2026-11-01T05:29:00+00:00", "2026-11-01T05:30:00+00:00"),
        ("30 1 * * *", NEW_YORK, "2026-11-01T05:31:00+00:00", "2026-11-02T06:30:00+00:00"),
        # 01:30 has come, but not by the clock on the wall, which shows 01:00 and 01:29 again.
        ("30 1 * * *", NEW_YORK, "2026-11-01T06:00:00+00:00", "2026-11-02T06:30:00+00:00"),
        ("30 1 * * *", NEW_YORK, "2026-11-01T06:29:00+00:00", "2026-11-02T06:30:00+00:00"),
        ("0 9 * * 1", PACIFIC, "2026-11-23T17:00:00+00:00", "2026-11-30T17:00:00+00:00"),
    ],
)  # fmt: skip
def test_ticks_are_read_in_local_time(cron: str, zone: str, after: str, expected: str) -> None:
    tick = next_tick(cron, zone, datetime.fromisoformat(after))
    assert tick == datetime.fromisoformat(expected)
    assert tick.utcoffset() == timedelta(0)


@pytest.mark.parametrize("cron", ["30 1 * * *", "0 1,2 * * *", "*/20 * * * *", "15 */2 * * *"])
def test_a_tick_is_always_later_whatever_daylight_saving_does(cron: str) -> None:
    for day in (datetime(2026, 3, 8, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)):
        for minutes in range(0, 24 * 60, 7):
            after = day + timedelta(minutes=minutes)
            assert next_tick(cron, NEW_YORK, after) > after


def test_the_key_of_a_tick_is_its_name_and_time() -> None:
    tick = datetime(2026, 11, 23, 4, 5, tzinfo=ZoneInfo("America/New_York"))
    assert tick_key("sweep_check_ins", tick) == "schedule:sweep_check_ins:2026-11-23T09:05:00Z"


def test_every_schedule_names_a_type_and_has_a_next_tick() -> None:
    assert {each.name: each.cron for each in SCHEDULES} == {
        "sweep_check_ins": "*/5 * * * *",
        "expire_assessments": "*/10 * * * *",
        "prune": "17 * * * *",
        "reconcile_twilio": "*/3 * * * *",
        "reconcile_stripe": "*/3 * * * *",
        "advance_journeys": "0 * * * *",
        "sweep_reactivations": "10 * * * *",
    }
    for each in SCHEDULES:
        assert each.payload.WhichOneof("type") == each.name
        assert next_tick(each.cron, each.time_zone, datetime.now(UTC)) > datetime.now(UTC)
