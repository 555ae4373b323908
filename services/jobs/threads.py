"""The few threads that talk to the database for a server that is asyncio in front."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from contextvars import copy_context
from typing import Final, TypeVar

from kit.database import Database, DbReader, DbWriter

T = TypeVar("T")

PATIENT: Final = 2
"""Threads for what waits for lanes."""


class DatabaseThreads:
    """Writes a few at a time, reads beside them.

    Work that waits for lanes has threads of its own: however much of it there is, it holds up only
    itself. What is run keeps the context of its call: who calls, and which call it is. Work raises
    what `Database` raises.
    """

    def __init__(self, database: Database, writers: int = 4, readers: int = 2) -> None:
        self._database = database
        self._writers = ThreadPoolExecutor(writers, thread_name_prefix="jobs-write")
        self._patient = ThreadPoolExecutor(PATIENT, thread_name_prefix="jobs-lane")
        self._readers = ThreadPoolExecutor(readers, thread_name_prefix="jobs-read")

    def transact(self, work: Callable[[DbWriter], T]) -> asyncio.Future[T]:
        """One transaction that changes something."""
        return _run(self._writers, lambda: self._database.transact(work))

    def write(self, work: Callable[[Database], T]) -> asyncio.Future[T]:
        """Work that makes its transactions itself."""
        return _run(self._writers, lambda: work(self._database))

    def wait_for_lanes(self, work: Callable[[Database], T]) -> asyncio.Future[T]:
        """The same, for what may have to wait until somebody else lets go of a lane."""
        return _run(self._patient, lambda: work(self._database))

    def read(self, work: Callable[[DbReader], T]) -> asyncio.Future[T]:
        """Work that has to see all that is committed."""

        def run() -> T:
            with self._database.reader() as db:
                return work(db)

        return _run(self._readers, run)

    def list(self, work: Callable[[DbReader], T]) -> asyncio.Future[T]:
        """Work for which a replica is good enough."""

        def run() -> T:
            with self._database.list_reader() as db:
                return work(db)

        return _run(self._readers, run)

    def close(self) -> None:
        """Waits for what is running, and drops what has not begun."""
        for pool in (self._writers, self._patient, self._readers):
            pool.shutdown(cancel_futures=True)


def _run(pool: Executor, work: Callable[[], T]) -> asyncio.Future[T]:
    context = copy_context()
    return asyncio.get_running_loop().run_in_executor(pool, lambda: context.run(work))
