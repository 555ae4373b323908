"""The queue on a real database, reached over a unix socket. pytest-grpc's server fixture gives way
to one that runs the asyncio server; its client fixtures stay."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from kit.database import Database
from protos.jobs.v1.jobs_pb2_grpc import JobsServiceStub
from services.jobs.tables import audit_records
from tests.databases import Databases
from tests.jobs.queue.replica import Replica, make_certificates, roles
from tests.jobs.queue.running import RunningQueue
from tests.jobs.queue.vocabulary import Queue


@pytest.fixture(scope="module")
def databases(databases: Databases) -> Databases:
    """Whoever waits for a lock waits for a minute: the two seconds of production may be over before
    a busy machine has everybody of a test's scene in place."""
    with psycopg.connect(databases["jobs"].admin, autocommit=True) as admin:
        for role in ("jobs_writer", "jobs_reader"):
            for limit in ("lock_timeout", "statement_timeout"):
                statement = sql.SQL("ALTER ROLE {} IN DATABASE {} SET {} = '60s'").format(
                    *map(sql.Identifier, (role, admin.info.dbname, limit))
                )
                admin.execute(statement)
    return databases


@pytest.fixture(scope="module")
def database(databases: Databases) -> Iterator[Database]:
    urls = databases["jobs"]
    database = Database("jobs", urls.writer, urls.reader, audit=audit_records, pool_size=16)
    yield database
    database.dispose()


@pytest.fixture(scope="module")
def grpc_addr() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="respite-") as folder:
        yield f"unix:{folder}/jobs"


@pytest.fixture(scope="module")
def grpc_server(database: Database, grpc_addr: str) -> Iterator[RunningQueue]:
    running = RunningQueue(database, grpc_addr)
    yield running
    running.close()


@pytest.fixture(scope="module")
def grpc_stub_cls() -> type[JobsServiceStub]:
    return JobsServiceStub


@pytest.fixture(scope="module")
def whole_queue(
    grpc_stub: JobsServiceStub, grpc_server: RunningQueue, databases: Databases
) -> Iterator[Queue]:
    queue = Queue(grpc_stub, grpc_server, databases["jobs"].admin)
    yield queue
    queue.admin.close()


@pytest.fixture
def queue(whole_queue: Queue, truncate: Callable[[str], None]) -> Queue:
    """The queue, empty."""
    truncate("jobs")
    return whole_queue


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_certificates(tmp_path_factory.mktemp("certs"))


@pytest.fixture(scope="module")
def replicas(databases: Databases, certificates: Path) -> Iterator[Sequence[Replica]]:
    """Two jobs processes on one database, and identity for their operators."""
    with roles(databases, certificates) as address:
        started = [
            Replica(databases["jobs"], certificates, identity_address=address) for _ in range(2)
        ]
        yield started
        for each in started:
            each.stop()
