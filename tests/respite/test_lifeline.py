"""A child ends with its runner, however that ends."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from respite.home import CHECKOUT
from respite.lifeline import VARIABLE

pytestmark = pytest.mark.slow

CHILD = """
import signal, sys
from respite.lifeline import hold_on
signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))
hold_on()
print("holding", flush=True)
signal.pause()
"""


def child(descriptor: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-P", "-c", CHILD],
        env={**os.environ, VARIABLE: str(descriptor), "PYTHONPATH": str(CHECKOUT)},
        stdout=subprocess.PIPE,
        pass_fds=[descriptor],
    )


def test_a_child_is_asked_to_stop_when_its_runner_is_gone() -> None:
    theirs, ours = os.pipe()
    held = child(theirs)
    os.close(theirs)
    assert held.stdout is not None
    assert held.stdout.readline() == b"holding\n"
    assert held.poll() is None
    os.close(ours)
    assert held.wait(60) == 7
    held.stdout.close()
