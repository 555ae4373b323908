"""The whole system, run as a person runs it: what dies comes back, or takes nothing with it."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest

from tests.respite.stack import Stack, clean_environment, nothing_runs, processes_of, until

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc"),
]


def the_one(stack: Stack, text: str) -> int:
    """The process id of the only process whose command line holds `text`."""
    (pid,) = (pid for pid, words in stack.processes().items() if text in words)
    return pid


def test_what_dies_comes_back_and_nothing_outlives_a_runner_that_is_killed(
    home: Path, tmp_path: Path
) -> None:
    """One start for both: each costs many seconds."""
    environment = clean_environment(home)
    stack = Stack(environment, tmp_path / "first.txt")
    stack.await_ready()
    os.kill(the_one(stack, "serve worker"), signal.SIGKILL)
    stack.await_output("worker was killed by signal 9", 30)
    os.kill(the_one(stack, " -D "), signal.SIGKILL)
    stack.await_output("PostgreSQL ended by itself", 30)
    assert until(lambda: stack.respite("status").returncode == 0, 60), stack.said
    assert stack.respite("text", "+12025550101", "hello").returncode == 0
    stack.stop(signal.SIGKILL)
    # at once, while what is left still drains
    stack = Stack(environment, tmp_path / "second.txt")
    stack.await_ready()
    assert the_one(stack, " -D ")
    stack.stop(signal.SIGKILL)
    assert nothing_runs(home, 40), processes_of(str(home))
