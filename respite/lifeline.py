"""Ends a process when the runner that started it is gone, however that ended.

The runner holds one end of a pipe and each child the other. The kernel closes the runner's end
even after kill -9, and the child reads that as the end of the file.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from typing import Final

VARIABLE: Final = "RESPITE_LIFELINE"
_GRACE: Final = 30.0  # seconds; longer than any drain


def hold_on() -> None:
    """Watches the pipe that the environment names; does nothing where there is none."""
    descriptor = os.environ.pop(VARIABLE, "")
    if descriptor:
        threading.Thread(
            target=_watch, args=(int(descriptor),), name="lifeline", daemon=True
        ).start()


def _watch(descriptor: int) -> None:
    while os.read(descriptor, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_GRACE)
    os._exit(1)
