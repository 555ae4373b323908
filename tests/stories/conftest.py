"""One world for all stories of a test process; each story takes people of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.databases import DatabaseServer
from tests.world.world import World


@pytest.fixture(scope="session")
def running_world(postgres: DatabaseServer) -> Iterator[World]:
    world = World(postgres)
    yield world
    world.close()


@pytest.fixture
def world(running_world: World) -> Iterator[World]:
    """The running system; whatever a story broke works again after it."""
    yield running_world
    running_world.clear_faults()
    for name in ("identity", "profile", "conversation", "billing", "jobs"):
        running_world.parts.wire(name, "whole")
    running_world.rests()
