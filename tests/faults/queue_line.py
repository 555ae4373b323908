"""PostgreSQL, two replicas of jobs and some noting workers: real processes, to be killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import psycopg

from kit.certificates import TlsFiles
from kit.channel import channel
from kit.migrations import migrate
from kit.postgres import EmbeddedPostgres, PostgresStartError
from protos.jobs.v1.jobs_pb2_grpc import JobsServiceStub
from respite.home import CHECKOUT
from respite.processes import BY_NAME
from respite.ready import readiness
from tests.databases import PACKAGES, ServiceUrls
from tests.faults.noting_worker import IDEMPOTENT, SERVICE
from tests.jobs.queue.replica import make_certificates
from tests.ports import free_ports
from tests.world.waiting import until

# A commit that was answered outlives the server's processes, if not the machine's power.
AS_A_KILL_NEEDS = {"fsync": "off", "synchronous_commit": "on"}


@dataclass(slots=True)
class Run:
    """One claim of one job, as its worker noted it. Times are of CLOCK_MONOTONIC.

    until: the end of the lease that the worker believed in. word: how it ended, "" if it did not.
    """

    job_id: int
    claim: int
    lane: str
    key: str
    worker: int
    started: float
    until: float
    ended: float = 0
    word: str = ""
    starts: int = 1

    @property
    def over(self) -> float:
        """From when on another may run it."""
        return min(self.ended or self.until, self.until)


class Server:
    """One process that is started again where it was killed."""

    def __init__(self, words: list[str], environment: Mapping[str, str], output: Path) -> None:
        self._words = words
        self._environment = dict(environment)
        self._output = output
        self.starts = 0
        self.start()

    def start(self) -> None:
        self.starts += 1
        with self._output.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", *self._words],
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(60)

    @property
    def runs(self) -> bool:
        return self.process.poll() is None


class QueueLine:
    """Everything that a queue needs."""

    def __init__(self, output: Path, workers: int) -> None:
        self._output = output
        self.home = Path(tempfile.mkdtemp(prefix="respite-queue-"))
        self.home.chmod(0o711)
        self._certificates = self.home / "certs"
        self._certificates.mkdir()
        make_certificates(self._certificates)
        self.notes = output / "notes"
        self._postgres = EmbeddedPostgres(self.home, AS_A_KILL_NEEDS)
        [self._port] = free_ports(1)
        self.urls = ServiceUrls.of("jobs", self._postgres.start(self._port))
        migrate("jobs", PACKAGES / "jobs", self.urls.admin, self.urls.writer, self.urls.reader)
        ports = free_ports(4)
        self._told = [self._told_to_a_replica(ports[at], ports[at + 2]) for at in range(2)]
        self.replicas = [self._replica(number) for number in range(2)]
        until(self.is_ready, "the replicas to be ready", 180)
        self.workers = [self._worker(number) for number in range(workers)]
        self._channels: list[Any] = []

    def _environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        return kept | {"PYTHONPATH": str(CHECKOUT), "GRPC_ENABLE_FORK_SUPPORT": "0"}

    def _told_to_a_replica(self, port: int, health: int) -> dict[str, str]:
        return {
            "TLS_DIR": str(self._certificates),
            "JOBS_PORT": str(port),
            "JOBS_METRICS_PORT": str(health),
            "JOBS_DATABASE_URL": self.urls.writer,
            "JOBS_READER_DATABASE_URL": self.urls.reader,
            "IDENTITY_ADDRESS": "dns:///localhost:1",
            "SCHEDULES": "off",
            "LOG_LEVEL": "WARNING",
        }

    def _replica(self, number: int) -> Server:
        environment = self._environment() | self._told[number]
        return Server(["respite.serve", "jobs"], environment, self._output / f"jobs-{number}.txt")

    def _worker(self, number: int) -> Server:
        words = [
            "tests.faults.noting_worker",
            self._address(number),
            str(self._certificates),
            str(self.notes),
        ]
        return Server(words, self._environment(), self._output / f"worker-{number}.txt")

    def _address(self, number: int) -> str:
        return f"dns:///localhost:{self._told[number % 2]['JOBS_PORT']}"

    def stub(self, number: int) -> JobsServiceStub:
        """One of the replicas, as whoever enqueues sees it."""
        opened = channel(
            self._address(number),
            TlsFiles.of(self._certificates, "worker"),
            service=SERVICE,
            idempotent_methods=IDEMPOTENT,
        )
        self._channels.append(opened)
        return JobsServiceStub(opened)

    def is_ready(self) -> bool:
        """Whether both replicas take work."""
        process = BY_NAME["jobs"]
        return all(readiness(process, each) == "ready" for each in self._told)

    # -- the database -------------------------------------------------------------------------

    def kill_postgres(self) -> None:
        """kill -9; what it was doing is left to its recovery."""
        assert self._postgres.pid is not None
        os.kill(self._postgres.pid, signal.SIGKILL)
        self._postgres.stop()

    def stop_postgres(self) -> None:
        """Stops it in order, and cuts whoever is connected."""
        self._postgres.stop()

    def start_postgres(self) -> None:
        """Starts it where it was."""

        def is_started() -> bool:
            try:
                self._postgres.start(self._port)
            except PostgresStartError:
                return False
            return True

        until(is_started, "PostgreSQL to start", 180)

    def query(self, question: str) -> list[tuple[Any, ...]]:
        """All rows."""
        with psycopg.connect(self.urls.admin, autocommit=True) as admin:
            return admin.execute(question.encode()).fetchall()

    def left(self) -> int:
        """How many jobs have not ended."""
        [(count,)] = self.query(
            "SELECT (SELECT count(*) FROM jobs.jobs) + (SELECT count(*) FROM jobs.scheduled_jobs)"
        )
        return int(count)

    # -- what the workers noted ---------------------------------------------------------------

    def runs(self) -> dict[int, list[Run]]:
        """By job its claims that were begun, in the order of their numbers."""
        found: dict[tuple[int, int], Run] = {}
        for line in self.notes.read_text().splitlines():
            what, job_id, claim, at, end, worker, lane, key = line.split(" ", 7)
            token = (int(job_id), int(claim))
            if what == "start":
                if token in found:
                    found[token].starts += 1
                    continue
                run = Run(*token, lane, key, int(worker), float(at), float(end))
                found[token] = run
                continue
            run = found[token]
            run.until = max(run.until, float(end))
            if what != "extended":
                run.word, run.ended = what, float(at)
        by_job: dict[int, list[Run]] = defaultdict(list)
        for _, run in sorted(found.items()):
            by_job[run.job_id].append(run)
        return by_job

    def close(self) -> None:
        """Ends everything at once."""
        for opened in self._channels:
            opened.close()
        for each in (*self.workers, *self.replicas):
            if each.runs:
                each.process.send_signal(signal.SIGCONT)
                each.kill()
        self._postgres.stop()


def is_away(error: grpc.RpcError) -> bool:
    """Whether the call may be made again."""
    return error.code() in (
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.DEADLINE_EXCEEDED,
        grpc.StatusCode.CANCELLED,
    )
