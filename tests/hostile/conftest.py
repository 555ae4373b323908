"""A whole line of its own: what hostile callers leave behind is nobody else's."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.databases import DatabaseServer
from tests.world.world import World


@pytest.fixture(scope="session")
def examples() -> int:
    """How many requests each property tries; RESPITE_HOSTILE_EXAMPLES makes it a long run."""
    return int(os.environ.get("RESPITE_HOSTILE_EXAMPLES", "4"))


@pytest.fixture(scope="session")
def attacked(postgres: DatabaseServer) -> Iterator[World]:
    """A line without workers: jobs that were accepted stay where they are."""
    world = World(postgres)
    world.parts.stop_worker()
    yield world
    world.close()
