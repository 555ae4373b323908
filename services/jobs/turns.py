"""Claims for the same types take turns."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager
from typing import Final
from weakref import WeakValueDictionary

PATIENCE: Final = 0.1
"""Seconds after which nobody waits any longer for another, which may be in trouble."""


class Turns:
    """Claims for the same types one after the other: at the same time they find the same jobs, and
    each goes away empty-handed from those that another has locked. Only a help: nobody waits long.
    """

    def __init__(self) -> None:
        # A lock lives as long as somebody has it or waits for it.
        self._locks: WeakValueDictionary[Hashable, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def of(self, kind: Hashable) -> AsyncIterator[None]:
        """Waits for its turn, for PATIENCE at most."""
        lock = self._locks.setdefault(kind, asyncio.Lock())
        if not lock.locked():
            await lock.acquire()
        else:
            try:
                async with asyncio.timeout(PATIENCE):
                    await lock.acquire()
            except TimeoutError:
                yield
                return
        try:
            yield
        finally:
            lock.release()
