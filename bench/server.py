"""The PostgreSQL server of a benchmark: durable as in production, one for everybody measured."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from bench.peers import cpu, database
from bench.stack import bench_home
from kit.postgres import EmbeddedPostgres

SETTINGS = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "shared_buffers": "1GB",
    "max_connections": "200",
}


@contextmanager
def server() -> Iterator[str]:
    """Runs it until the end of the block, and tells the processes started meanwhile of it.

    Gives the superuser's URL of the database that measurements drop and make. Where the
    environment names one, nothing is started.
    """
    if given := os.environ.get(database.VARIABLE):
        yield given
        return
    home = bench_home()
    home.make()
    with EmbeddedPostgres(home.postgres, SETTINGS) as postgres:
        url = postgres.start(0, "bench")
        os.environ[database.VARIABLE] = url
        os.environ[cpu.POSTGRES_VARIABLE] = str(postgres.pid)
        try:
            yield url
        finally:
            del os.environ[database.VARIABLE], os.environ[cpu.POSTGRES_VARIABLE]
