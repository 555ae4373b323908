"""A home for whole runs."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.respite.stack import nothing_runs, processes_of


@contextmanager
def made_home() -> Iterator[Path]:
    """Not among pytest's folders, which the user that PostgreSQL runs as may not pass.

    Whatever a test leaves running in it is killed.
    """
    folder = Path(tempfile.mkdtemp(prefix="respite-up-"))
    folder.chmod(0o711)
    yield folder
    for pid in processes_of(str(folder)):
        os.kill(pid, signal.SIGKILL)
    assert nothing_runs(folder, 10)
    shutil.rmtree(folder)


@pytest.fixture
def home() -> Iterator[Path]:
    """See `made_home`."""
    with made_home() as folder:
        yield folder
