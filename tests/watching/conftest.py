"""A home for a run that a whole module shares."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.respite.conftest import made_home


@pytest.fixture(scope="module")
def module_home() -> Iterator[Path]:
    """See `made_home`."""
    with made_home() as folder:
        yield folder
