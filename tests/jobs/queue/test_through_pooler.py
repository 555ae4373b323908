"""The queue through PgBouncer in transaction mode: the same tests as without it."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from kit.database import Database
from services.jobs.tables import audit_records
from tests.databases import Databases
from tests.jobs.queue import (
    test_claims,
    test_enqueue,
    test_follow_ups,
    test_lanes,
    test_schedules,
)
from tests.jobs.queue.vocabulary import Queue, answer
from tests.pooler import pooled, where_it_is_installed

CONNECTIONS = 3

pytestmark = [pytest.mark.slow, where_it_is_installed]


@pytest.fixture(scope="module")
def database(databases: Databases) -> Iterator[Database]:
    """Fewer connections to the server than threads that ask for one."""
    with pooled("jobs", databases["jobs"], CONNECTIONS) as urls:
        database = Database("jobs", urls.writer, urls.reader, audit=audit_records, pool_size=16)
        yield database
        database.dispose()


seeded = test_schedules.seeded
for _module in (test_claims, test_enqueue, test_follow_ups, test_lanes, test_schedules):
    _tests = {name: test for name, test in vars(_module).items() if name.startswith("test_")}
    assert not _tests.keys() & globals().keys()
    globals().update(_tests)


def test_many_calls_at_once_share_the_few_connections_of_the_pooler(queue: Queue) -> None:
    with ThreadPoolExecutor(16) as pool:
        made = list(pool.map(lambda n: queue.enqueue(f"k{n}", answer(f"u{n % 5}")), range(100)))
    assert all(each.created for each in made)
    [row] = queue.admin.execute(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND usename = 'jobs_writer'"
    )
    assert 1 <= row[0] <= CONNECTIONS
