"""While services stall, texts that need them leave room for a crisis (domain.md section 5).

Until it is read every text is as urgent as that of somebody in danger, and takes the same places of
a worker. A crisis needs no service from there on, so whoever waits for one must not take them all.
"""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

HANGS_AFTER = 3.0
"""Seconds. A text is recorded by three calls, each of which takes some hundred milliseconds where
thousands are being recorded."""


class Stalled(Exception):
    """As many texts as may wait for services that stall do already."""


class Stalls:
    """Of one worker: how many texts wait for services, and whether those stall.

    They do once `most` texts have waited for so long, or one has failed after as long, until one is
    recorded. At first nobody can know of it: texts that take all places within a moment have them
    until their calls run into the deadline, once.
    """

    def __init__(self, most: int, moment: Callable[[], float] = time.monotonic) -> None:
        """most: texts that may wait for services that stall. moment: seconds."""
        self._most = most
        self._moment = moment
        self._waiting: dict[object, float] = {}  # by when each began, in that order
        self._stalled = False

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Around the calls for one text. Raises Stalled, and then they are not to be made."""
        if len(self._waiting) >= self._most and self._do_stall():
            raise Stalled
        text, began = object(), self._moment()
        self._waiting[text] = began
        try:
            yield
        except Exception:
            if self._moment() - began >= HANGS_AFTER:
                self._stalled = True
            raise
        finally:
            del self._waiting[text]
        self._stalled = False

    def _do_stall(self) -> bool:
        began = next(itertools.islice(self._waiting.values(), self._most - 1, None))
        return self._stalled or self._moment() - began >= HANGS_AFTER


def again_after() -> timedelta:
    """When a text that found them stalled looks again; not all of them at once."""
    return timedelta(seconds=random.uniform(1, 2))
