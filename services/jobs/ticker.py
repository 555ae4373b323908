"""What happens by the clock in every replica: nothing here needs a leader."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import Final

from kit.logging import describe_error, get_logger
from services.jobs.after_commit import AfterCommit
from services.jobs.metrics import JobsMetrics
from services.jobs.model.claim import forget_workers, ready_types
from services.jobs.model.due import join_due, mend_lanes, next_due, stuck_lanes
from services.jobs.model.history import count_strays
from services.jobs.model.read import database_now, queue_stats
from services.jobs.model.schedule import fire_due, seed_schedules
from services.jobs.schedules import Schedule
from services.jobs.switchboard import Switchboard
from services.jobs.threads import DatabaseThreads

log = get_logger(__name__)

# How late the loss of a wake-up may make a job.
INTERVAL: Final = timedelta(seconds=1)
_SHORTEST: Final = timedelta(milliseconds=20)
_COUNTED_EVERY: Final = timedelta(seconds=15)
_INSPECTED_EVERY: Final = timedelta(seconds=60)


class Ticker:
    """Moves what has become due, fires schedules, wakes polls, counts, and inspects lanes.

    schedules: those to begin with. fires: False leaves all schedules alone. interval: at most so
    long between two looks; what is known to be due earlier is done then.
    """

    def __init__(
        self,
        threads: DatabaseThreads,
        switchboard: Switchboard,
        metrics: JobsMetrics,
        *,
        schedules: Sequence[Schedule],
        fires: bool = True,
        interval: timedelta = INTERVAL,
    ) -> None:
        self._threads = threads
        self._switchboard = switchboard
        self._metrics = metrics
        self._after_commit = AfterCommit(switchboard, metrics)
        self._schedules = schedules if fires else ()
        self._fires = fires
        self._interval = interval
        self._seeded = False
        self._last: dict[str, float] = {}

    async def run(self, stop: asyncio.Event) -> None:
        """Ticks until `stop` is set; what fails is logged and tried again at the next tick."""
        while not stop.is_set():
            pause = await self.tick()
            try:
                async with asyncio.timeout(pause.total_seconds()):
                    await stop.wait()
            except TimeoutError:
                pass

    async def tick(self) -> timedelta:
        """One look at everything; how long until the next."""
        await self._try("join_due", self._join_due)
        if self._fires:
            await self._try("fire_schedules", self._fire)
        await self._try("wake", self._wake)
        await self._now_and_then("count", _COUNTED_EVERY, self._count)
        await self._now_and_then("inspect", _INSPECTED_EVERY, self.inspect)
        try:
            remaining = await self._threads.read(partial(next_due, schedules=self._fires))
        except Exception:
            remaining = None
        soon = self._interval if remaining is None else min(remaining, self._interval)
        return max(soon, _SHORTEST)

    async def inspect(self) -> None:
        """Looks for lanes that nobody would ever go on with, and mends them."""
        lanes = await self._threads.read(stuck_lanes)
        if lanes:
            log.error("lanes_stuck", lanes=len(lanes))
            ready = await self._threads.transact(lambda db: mend_lanes(db, lanes))
            self._metrics.repaired(ready.total())
            self._after_commit.freed(ready)
        await self._threads.transact(forget_workers)

    async def _join_due(self) -> None:
        full = True
        while full:
            joined = await self._threads.transact(join_due)
            self._after_commit.freed(joined.ready)
            full = joined.full and joined.moved > 0

    async def _fire(self) -> None:
        if not self._seeded:
            now = await self._threads.read(database_now)
            await self._threads.transact(lambda db: seed_schedules(db, self._schedules, now))
            self._seeded = True
        self._after_commit.stored(await self._threads.transact(fire_due))

    async def _wake(self) -> None:
        """Finds what nobody announced: leases that ran out, and what another replica did."""
        types = self._switchboard.awaited_types
        if types:
            self._switchboard.ring(await self._threads.read(lambda db: ready_types(db, types)))

    async def _count(self) -> None:
        self._metrics.counted(await self._threads.list(queue_stats))
        self._metrics.strayed(await self._threads.list(count_strays))

    async def _now_and_then(
        self, name: str, every: timedelta, work: Callable[[], Awaitable[None]]
    ) -> None:
        now = time.monotonic()
        if now - self._last.get(name, -every.total_seconds()) >= every.total_seconds():
            self._last[name] = now
            await self._try(name, work)

    async def _try(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
        except Exception as error:
            log.warning("tick_failed", work=name, error=describe_error(error))
