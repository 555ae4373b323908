"""Fixtures that every owner's tests may use; what they give is in databases.py and world/."""

from __future__ import annotations

import gc
import os
import shutil
from collections.abc import Callable, Generator, Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from kit.postgres import EmbeddedPostgres
from tests.databases import FAST, Databases, DatabaseServer, home_of_server

if TYPE_CHECKING:
    from tests.world.world import World

# How fast examples are made says something of the machine, nothing of the code.
settings.register_profile("respite", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("respite")

# Tests start processes from one that serves gRPC. gRPC's own handlers would run between fork and
# exec, on file descriptors that are gone by then; set before its core starts, and inherited.
os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")


# Those that take longest, longest first; one that begins last makes everybody wait for it.
_LONGEST = (
    "faults/test_queue_under_fire",
    "faults/test_whole_line",
    "faults/test_hosts",
    "faults/test_crash_points",
    "docs/test_commands",
    "bench/",
    "respite/test_up",
    "hostile/",
    "faults/",
    "watching/test_watching",
    "deploy/test_moving",
    "docs/",
    "respite/",
    "jobs/queue/test_large_queue",
    "jobs/queue/test_invariants",
    "kit/test_postgres",
    "kit/test_migrations",
    "billing/test_life_of_a_subscription",
    "profile/test_profile_queries",
    "stories/",
    "conversation/test_batch_twins",
    "gateway/test_process",
    "gateway/test_outages",
)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is loaded here, a million objects, stays to the end: it is never searched for garbage.

    A tenth of the fast tests' time went into that.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files begin first, or one of the processes would end minutes after the others."""

    def place(item: pytest.Item) -> int:
        places = (place for place, part in enumerate(_LONGEST) if part in item.nodeid)
        return next(places, len(_LONGEST))

    items.sort(key=place)


@pytest.fixture(scope="session")
def postgres() -> Iterator[DatabaseServer]:
    """One server for this test process, which promises no durability.

    RESPITE_TEST_DATABASE_URL, a superuser's URL, takes a server of another version instead.
    """
    label = os.environ.get("PYTEST_XDIST_WORKER", "")
    if given := os.environ.get("RESPITE_TEST_DATABASE_URL"):
        server = DatabaseServer(given, label)
        yield server
        server.close()
        return
    with home_of_server() as home:
        with EmbeddedPostgres(home, FAST) as embedded:
            yield DatabaseServer(embedded.start(0), label)
        shutil.rmtree(embedded.folder)


@pytest.fixture(scope="module")
def databases(postgres: DatabaseServer) -> Iterator[Databases]:
    """For each service the URLs of a fresh database, which the tests of this module share."""
    made = Databases(postgres)
    yield made
    made.close()


@pytest.fixture
def truncate(databases: Databases) -> Callable[[str], None]:
    """`truncate("profile")` empties the tables of that service."""
    return databases.truncate


@pytest.fixture(scope="session")
def running_world(postgres: DatabaseServer) -> Iterator[World]:
    """One system for all stories of this test process; each story takes people of its own."""
    from tests.world.world import World  # the whole system: only stories should wait for it

    world = World(postgres)
    yield world
    world.close()


@pytest.fixture
def world(running_world: World) -> Iterator[World]:
    """The running system; whatever a story broke works again after it."""
    yield running_world
    running_world.mend()
    running_world.rests()


@pytest.fixture
def unhurried_ledger(monkeypatch: pytest.MonkeyPatch) -> None:
    """The ledger has time to say its word before a crisis reply, however busy this machine is.

    For workers in this process.
    """
    patience = "services.jobs.workflows.send_crisis_reply.LEDGER_PATIENCE"
    monkeypatch.setattr(patience, 10.0)
