"""Several replicas of jobs and several workers on one database, with nobody in charge."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.databases import Databases
from tests.jobs.queue.handing import WAIT
from tests.jobs.queue.replica import Replica
from tests.jobs.queue.vocabulary import Caller, Queue, until

pytestmark = pytest.mark.slow

ROUNDS, TICKS = 12, 4
INTERVAL = 1.0
"""Seconds between two looks of a replica, which is what a lost signal costs at most."""
OF_SIGNALS = "datname = current_database() AND application_name = 'respite-jobs-signals'"


@pytest.fixture
def callers(queue: Queue, replicas: Sequence[Replica]) -> Sequence[Caller]:
    until(lambda: listeners(queue) == 2)
    return [each.caller("admin") for each in replicas]


def listeners(queue: Queue) -> int:
    """How many replicas hear what the others tell."""
    hearing = f"{OF_SIGNALS} AND query LIKE 'LISTEN%'"
    [row] = queue.admin.execute(f"SELECT count(*) FROM pg_stat_activity WHERE {hearing}".encode())
    return int(row[0])


def seconds_until_it_runs_elsewhere(callers: Sequence[Caller], key: str) -> float:
    """From the answer of one replica to that of a poll that waits at the other."""
    with ThreadPoolExecutor(1) as pool:
        polling = pool.submit(callers[1].claim, "probe", count=1, worker=key, wait=WAIT)
        # An enqueue that came before the poll would show nothing, and do no harm.
        time.sleep(0.05)
        begun = time.monotonic()
        callers[0].enqueue(key)
        [claimed] = polling.result()
        took = time.monotonic() - begun
    assert callers[1].complete(claimed) == "DONE"
    return took


def are_heard_at_once(callers: Sequence[Caller]) -> bool:
    """Without the signal each round would take half an interval, on average.

    A machine that is busy with something else gets another try.
    """
    tries = (
        [seconds_until_it_runs_elsewhere(callers, f"{turn}-{n}") for n in range(ROUNDS)]
        for turn in range(3)
    )
    return any(sum(took) < ROUNDS * INTERVAL / 4 for took in tries)


def test_what_one_replica_stores_wakes_a_poll_at_another(callers: Sequence[Caller]) -> None:
    assert are_heard_at_once(callers)


def test_a_signal_that_is_late_or_lost_costs_an_interval_at_most_and_the_next_one_is_heard(
    queue: Queue, callers: Sequence[Caller]
) -> None:
    cut = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {OF_SIGNALS}".encode()

    def costs_an_interval(turn: int) -> bool:
        queue.admin.execute(cut)
        # Whoever tells learns of the cut as it tells, and tells it again a second later; what is
        # told while the other does not listen is lost.
        took = [seconds_until_it_runs_elsewhere(callers, f"cut{turn}-{n}") for n in range(3)]
        until(lambda: listeners(queue) == 2)
        return max(took) < INTERVAL + 1

    # twice in a row; a machine that is busy with something else gets another try
    assert any(all(costs_an_interval(2 * turn + again) for again in range(2)) for turn in range(3))
    assert are_heard_at_once(callers)


@pytest.fixture
def timekeepers(
    queue: Queue, databases: Databases, certificates: Path
) -> Iterator[Sequence[Replica]]:
    started = [Replica(databases["jobs"], certificates, schedules="on") for _ in range(2)]
    for each in started:
        each.stub("worker")
    yield started
    for each in started:
        each.stop()


def test_each_tick_is_one_job_however_many_replicas_and_workers_there_are(
    queue: Queue, timekeepers: Sequence[Replica]
) -> None:
    """Two workers, each at a replica of its own, run what the clocks store."""
    ran: list[str] = []
    stop = threading.Event()

    def work(number: int) -> None:
        worker = Caller(timekeepers[number].stub("worker"))
        while not stop.is_set():
            for claimed in worker.claim("sweep_check_ins", worker=f"w{number}", wait=0.3):
                ran.append(claimed.job.key)
                assert worker.complete(claimed) == "DONE"

    seeded = b"SELECT next_run_at > now() FROM jobs.schedules WHERE name = 'sweep_check_ins'"
    until(lambda: queue.admin.execute(seeded).fetchone() == (True,))
    with ThreadPoolExecutor(2) as pool:
        working = [pool.submit(work, number) for number in range(2)]
        try:
            for tick in range(1, TICKS + 1):
                # Ticks are named after the second.
                queue.admin.execute(
                    "UPDATE jobs.schedules SET next_run_at = now() - %s * interval '1 min'"
                    " WHERE name = 'sweep_check_ins'",
                    [tick],
                )
                until(lambda tick=tick: len(ran) >= tick)  # type: ignore[misc]
        finally:
            stop.set()
        for each in working:
            each.result()
    assert len(ran) == len(set(ran)) == TICKS
    keys = queue.admin.execute("SELECT key FROM jobs.job_keys WHERE key LIKE '%:sweep_check_ins:%'")
    assert sorted(key for (key,) in keys) == sorted(ran)
