"""Twenty thousand jobs while workers, services and the database are killed: nothing is lost or run
by two, lanes keep their order, follow-ups exist once (acceptance 16, 38)."""

from __future__ import annotations

import logging
import random
import shutil
import signal
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import grpc
import psycopg
import pytest

from protos.jobs.v1 import jobs_pb2 as pb
from protos.jobs.v1.jobs_pb2_grpc import JobsServiceStub
from tests.faults.noting_worker import follow_ups_of
from tests.faults.queue_line import QueueLine, Run, is_away
from tests.jobs.queue.promises import breaches
from tests.jobs.queue.vocabulary import delivery, job, stripe, text
from tests.world.waiting import until

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="signals and clocks of Linux"),
]

log = logging.getLogger(__name__)

JOBS, LANES, SECONDS = 20_000, 200, 120.0
AT_FIRST, AT_ONCE = 4_000, 40


@pytest.fixture
def line(tmp_path: Path) -> Iterator[QueueLine]:
    started = QueueLine(tmp_path, workers=4)
    yield started
    started.close()
    shutil.rmtree(started.home)


class Callers:
    """Two callers, who store `jobs` jobs in `seconds` and repeat what was not answered."""

    def __init__(self, line: QueueLine, jobs: int, seconds: float, at_first: int = 0) -> None:
        self.answered: set[str] = set()
        self.errors: Counter[str] = Counter()
        self._line = line
        self._begun = time.monotonic()
        self._pace = (jobs - at_first) / seconds
        self._at_first = at_first
        self._keys = iter(range(jobs))
        self._taking = threading.Lock()
        self._threads = [threading.Thread(target=self._run, args=(n,)) for n in range(2)]
        for thread in self._threads:
            thread.start()

    def are_done(self) -> bool:
        return not any(thread.is_alive() for thread in self._threads)

    def _next(self) -> list[pb.NewJob]:
        with self._taking:
            numbers = [n for _, n in zip(range(AT_ONCE), self._keys, strict=False)]
        return [_new_job(number) for number in numbers]

    def _run(self, number: int) -> None:
        stubs = [self._line.stub(number), self._line.stub(number + 1)]
        while jobs := self._next():
            due = self._begun + (int(jobs[0].key) - self._at_first) / self._pace
            while time.monotonic() < due:
                time.sleep(0.02)
            # Some alone, two in lanes and one in none, the others together.
            for some in ([jobs[0]], [jobs[1]], [jobs[3]], [jobs[2], *jobs[4:]]):
                self._store(stubs, some)

    def _store(self, stubs: list[JobsServiceStub], jobs: list[pb.NewJob]) -> None:
        while jobs:
            stubs.reverse()
            try:
                if len(jobs) == 1:
                    stubs[0].EnqueueJob(pb.EnqueueJobRequest(job=jobs[0]))
                    stored = {jobs[0].key}
                else:
                    results = stubs[0].EnqueueJobs(pb.EnqueueJobsRequest(jobs=jobs)).results
                    stored = {
                        each.key
                        for each, result in zip(jobs, results, strict=True)
                        if result.HasField("job")
                    }
            except grpc.RpcError as error:
                self.errors[error.code().name] += 1
                if not is_away(error):
                    raise
                time.sleep(0.1)
            else:
                self.answered |= stored
                jobs = [each for each in jobs if each.key not in stored]


def _new_job(number: int) -> pb.NewJob:
    key = f"{number}"
    if number % 5 < 3:
        return job(key, stripe(f"lane{number % LANES}"))
    return job(key, text(key) if number % 2 else delivery(key))


class Fire:
    """Kills something every few seconds, and starts it again a moment later."""

    def __init__(self, line: QueueLine, dice: random.Random) -> None:
        self.kills: Counter[str] = Counter()
        self._line = line
        self._dice = dice

    def burn(self, seconds: float) -> None:
        """The last worker is not killed but stopped, for longer than any lease, and goes on."""
        end = time.monotonic() + seconds
        frozen = self._line.workers[-1].process
        frozen.send_signal(signal.SIGSTOP)
        thaw_at = time.monotonic() + 35
        while time.monotonic() < end:
            if time.monotonic() > thaw_at:
                frozen.send_signal(signal.SIGCONT)
            time.sleep(self._dice.uniform(0.5, 3))
            what = self._dice.choice(["worker", "worker", "jobs", "jobs", "postgres"])
            self.kills[what] += 1
            if what == "postgres":
                self._line.kill_postgres()
                time.sleep(self._dice.uniform(0, 1.5))
                self._line.start_postgres()
                continue
            victims = self._line.workers[:-1] if what == "worker" else self._line.replicas
            victim = self._dice.choice(victims)
            victim.kill()
            time.sleep(self._dice.uniform(0, 1.5))
            victim.start()


def test_whatever_is_killed_no_job_is_lost_and_none_is_run_by_two(line: QueueLine) -> None:
    seed = random.randrange(1 << 32)
    log.warning("seed %d", seed)
    fire = Fire(line, random.Random(seed))
    callers = Callers(line, JOBS, SECONDS - 10, AT_FIRST)
    fire.burn(SECONDS)
    until(callers.are_done, "all jobs to be stored", 180)
    until(lambda: line.left() == 0, "the queue to be empty", 300)
    log.warning("killed %s; callers met %s", dict(fire.kills), dict(callers.errors))
    assert callers.answered == {str(number) for number in range(JOBS)}
    ended_as_stored(line, JOBS)
    ran_one_at_a_time(line)


def test_a_database_that_is_stopped_and_started_costs_a_moment_and_no_job(line: QueueLine) -> None:
    jobs = 2_000
    callers = Callers(line, jobs, 8.0, at_first=500)
    for stop in range(1, 3):
        until(lambda stop=stop: len(callers.answered) > stop * 500, "jobs to be stored", 120)  # type: ignore[misc]
        line.stop_postgres()
        met = callers.errors.total()
        until(lambda met=met: callers.errors.total() > met, "a caller to be refused", 120)  # type: ignore[misc]
        line.start_postgres()
    until(callers.are_done, "all jobs to be stored", 180)

    def is_empty() -> bool:
        # What was put off need not wait for its time.
        line.query("UPDATE jobs.scheduled_jobs SET run_at = now() RETURNING id")
        return line.left() == 0

    until(is_empty, "the queue to be empty", 240)
    # A refused call is repeated; where the last repetition was still to come, time ran out first.
    assert callers.errors["UNAVAILABLE"]
    assert set(callers.errors) <= {"UNAVAILABLE", "DEADLINE_EXCEEDED"}
    assert all(each.runs and each.starts == 1 for each in (*line.replicas, *line.workers))
    ended_as_stored(line, jobs)
    ran_one_at_a_time(line)


def ended_as_stored(line: QueueLine, jobs: int) -> None:
    """Every job is done, and what follows from it, once; nothing else exists."""
    with psycopg.connect(line.urls.admin, autocommit=True) as admin:
        assert breaches(admin) == []
    expected = {str(number) for number in range(jobs)}
    expected |= {each.key for key in tuple(expected) for each in follow_ups_of(key)}
    done = line.query("SELECT key FROM jobs.finished_jobs WHERE state = 'completed'")
    assert Counter(key for (key,) in done) == Counter(expected)
    assert line.query("SELECT count(*) FROM jobs.dead_jobs") == [(0,)]


def ran_one_at_a_time(line: QueueLine) -> None:
    runs = line.runs()
    lanes: dict[str, list[Run]] = defaultdict(list)
    again = 0
    for claims in runs.values():
        for before, after in pairwise(claims):
            again += not before.word
            assert after.started >= before.over, (before, after)
        for run in claims:
            assert run.starts == 1, run
            if run.lane != "-" and run.started < run.until:
                lanes[run.lane].append(run)
    # Nobody leaves a lane here but by its end: whoever joined it first is done before the next
    # begins, however often it was begun.
    for lane, members in lanes.items():
        order = [run.job_id for run in sorted(members, key=lambda run: run.started)]
        assert order == sorted(order), lane
    # The claim that ended a job is one whose workflow came to its end.
    ended = line.query("SELECT id, settled_claim FROM jobs.finished_jobs")
    words = {(run.job_id, run.claim): run.word for claims in runs.values() for run in claims}
    assert {words.get((job_id, claim)) for job_id, claim in ended} == {"done"}
    log.warning("%d jobs, %d claims that nobody ended", len(runs), again)
