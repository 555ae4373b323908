"""What a command prints on a terminal of some width."""

from __future__ import annotations

import os
import pty
import subprocess
from collections.abc import Mapping

from tests.respite.stack import LAUNCHER


def on_a_terminal(*words: str, environment: Mapping[str, str], columns: int = 80) -> list[str]:
    """The lines of `respite` with these words, each as long as it was printed."""
    ours, its = pty.openpty()
    told = {**environment, "COLUMNS": str(columns), "TERM": "dumb"}
    with subprocess.Popen([LAUNCHER, *words], env=told, stdout=its, stderr=its) as running:
        os.close(its)
        printed = bytearray()
        try:
            while more := os.read(ours, 65_536):
                printed += more
        except OSError:
            pass  # the other end is closed
        finally:
            os.close(ours)
    assert running.returncode == 0, printed.decode()
    return [line.rstrip() for line in printed.decode().splitlines()]
