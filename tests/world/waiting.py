"""Waiting for what a story expects: on a condition, never for a time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def until(condition: Callable[[], T], what: str | Callable[[], str], seconds: float = 60.0) -> T:
    """The first truthy value of `condition`; AssertionError naming `what` after `seconds`.

    what: a function is asked once time is up.
    """
    deadline = time.monotonic() + seconds
    pause = 0.01
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            named = what if isinstance(what, str) else what()
            raise AssertionError(f"waited {seconds:.0f} s in vain for {named}; last: {value!r}")
        time.sleep(pause)
        # To look takes processor time, of which what is waited for may be in need.
        pause = min(pause * 1.2, 0.1)
