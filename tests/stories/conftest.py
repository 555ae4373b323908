"""What stories about the operator's terminal begin with."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from tests.world.world import World


@pytest.fixture
def operator_environment(world: World, tmp_path: Path) -> dict[str, str]:
    """Where the line is and who asks, for commands in this process or another."""
    return world.operator_environment(tmp_path)


@pytest.fixture
def logs_elsewhere() -> Iterator[None]:
    """The world's processes live in this one; on its output there is only what commands print."""
    before = structlog.get_config()
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.__stderr__))
    yield
    structlog.configure(**before)
