"""Telling the other replicas that jobs have become ready.

PostgreSQL's NOTIFY, on a connection of its own and after the commit: within the transaction that
stores jobs it would make all of them commit one after the other. Losing a signal, or this whole
module, costs no more than the interval at which each replica looks by itself.

Replicas tell each other that they are there, and one that hears itself but nobody else is alone: it
keeps its signals to itself, which cost a seventh of the loop's time where jobs are stored one by
one. One that does not even hear itself cannot know, and tells all.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, Final

import psycopg

from kit.ids import uuid7
from kit.logging import get_logger
from kit.pool import conninfo

log = get_logger(__name__)

CHANNEL: Final = "respite_jobs_ready"
# Signals that come within this time go out as one.
DEBOUNCE: Final = 0.02
PRESENCE: Final = 2.0
"""Seconds after which a replica says again that it is there."""
_RECONNECT: Final = 1.0
# How long a replica that is not heard any more is taken to be there: it may have to reconnect.
_BELIEVED: Final = 3 * PRESENCE


class Signals:
    """Sends to the other replicas and hears them.

    url: a plain postgresql:// URL that leads to the server directly: a pooler in transaction mode
    would lose the LISTEN.
    """

    def __init__(self, url: str) -> None:
        self._url = conninfo(url)
        self._name = str(uuid7())
        self._pending: Counter[str] = Counter()
        self._wanted = asyncio.Event()
        # Who was heard when, this replica itself among them; of time.monotonic().
        self._heard: dict[str, float] = {}

    @property
    def alone(self) -> bool:
        """Whether there is certainly nobody to tell anything."""
        since = time.monotonic() - _BELIEVED
        return [name for name, heard in self._heard.items() if heard > since] == [self._name]

    def send(self, ready: Mapping[str, int]) -> None:
        """Tells the others soon that so many jobs of each type are ready."""
        if not self.alone:
            self._pending.update(ready)
            self._wanted.set()

    async def run(self, hear: Callable[[Mapping[str, int]], None]) -> None:
        """Sends and hears until it is cancelled; reconnects where that is needed.

        hear: told what the others sent.
        """
        await asyncio.gather(self._forever(self._notify), self._forever(lambda: self._listen(hear)))

    async def _forever(self, work: Callable[[], Any]) -> None:
        while True:
            try:
                await work()
            except psycopg.Error as error:
                log.warning("signals_interrupted", error=type(error).__name__)
            await asyncio.sleep(_RECONNECT)

    async def _notify(self) -> None:
        async with self._connection() as connection:
            while True:
                with contextlib.suppress(TimeoutError):  # then only says that it is there
                    async with asyncio.timeout(PRESENCE):
                        await self._wanted.wait()
                self._wanted.clear()
                ready, self._pending = self._pending, Counter()
                text = json.dumps([self._name, ready])
                try:
                    await connection.execute("SELECT pg_notify(%s, %s)", [CHANNEL, text])
                except psycopg.Error:
                    # A cut is noticed by what is sent next; that goes with the next connection.
                    self.send(ready)
                    raise
                await asyncio.sleep(DEBOUNCE)

    async def _listen(self, hear: Callable[[Mapping[str, int]], None]) -> None:
        async with self._connection() as connection:
            await connection.execute(f"LISTEN {CHANNEL}")
            self._wanted.set()  # the others learn of this one at once
            async for notice in connection.notifies():
                try:
                    sender, ready = json.loads(notice.payload)
                    sender = str(sender)
                    counts = {str(name): int(count) for name, count in ready.items()}
                except (ValueError, TypeError, AttributeError):
                    log.warning("signal_unreadable")
                    continue
                self._heed(sender)
                if counts and sender != self._name:  # not only that it is there
                    hear(counts)

    def _heed(self, sender: str) -> None:
        now = time.monotonic()
        if sender not in self._heard:
            self._wanted.set()  # so that a new one learns of this one at once
        self._heard = {n: heard for n, heard in self._heard.items() if heard > now - _BELIEVED}
        self._heard[sender] = now

    @contextlib.asynccontextmanager
    async def _connection(self) -> AsyncIterator[psycopg.AsyncConnection]:
        connection = await psycopg.AsyncConnection.connect(
            self._url,
            autocommit=True,
            prepare_threshold=None,
            application_name="respite-jobs-signals",
            connect_timeout=3,
            keepalives_idle=30,
            keepalives_interval=10,
            keepalives_count=3,
        )
        async with connection:
            yield connection
