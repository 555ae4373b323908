"""The short way to the database for an asyncio server: one call of a database function at a time.

A thread that asks the database hands work and result over twice, and fights for the interpreter in
between; a pool of SQLAlchemy's adds to that. Where the work is one function call, in one round trip
that is a transaction of its own, the event loop can do it itself (`kit.aio_connection`). Everything
else belongs to `kit.database`.
"""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Sequence

import psycopg

from kit.aio_connection import Connection
from kit.binary_arrays import Array
from kit.columns import Row
from kit.logging import describe_error, get_logger
from kit.pool import (
    ATTEMPTS,
    POOL_TIMEOUT,
    RETRIED_STATES,
    RETRY_FOR,
    PoolState,
    Tally,
    connection_options,
    conninfo,
)
from kit.refusals import StoreUnavailable

log = get_logger(__name__)


class AsyncWriter:
    """Calls functions that read and write, each call a transaction of its own.

    url: of the primary, with the writer's role; ValueError as `kit.pool.driver_url`. size: of
    connections at most, opened when first needed. tally: counts what goes wrong. Belongs to one
    event loop.
    """

    def __init__(self, name: str, url: str, size: int, tally: Tally | None = None) -> None:
        self._name = name
        self._tally = tally or Tally()
        self._url = conninfo(url)
        self._size = size
        self._open = 0
        self._idle: list[Connection] = []
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._closed = False

    @property
    def state(self) -> PoolState:
        """What it holds now."""
        idle = len(self._idle)
        return PoolState("calls", self._open - idle, idle, self._size)

    async def call(
        self, statement: bytes, *arguments: Array | bytes | None, planned_anew: bool = False
    ) -> list[Row]:
        """The rows of the answer to a statement that calls one function, with $1, $2, … for its
        arguments. An argument is an Array, or text that the type's input reads. planned_anew: each
        time, for a statement that reads tables itself: a plan that is kept grows old with them.

        Run again whole after a deadlock or a lock time-out, as `Database.transact` does. Raises
        StoreUnavailable where the database cannot answer now, psycopg's error where the statement
        is at fault. A caller that is cancelled does not end what the database has begun.
        """
        deadline = asyncio.get_running_loop().time() + RETRY_FOR
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return await self._once(statement, arguments, planned_anew)
            except (psycopg.OperationalError, psycopg.errors.ReadOnlySqlTransaction) as error:
                late = asyncio.get_running_loop().time() > deadline or attempt == ATTEMPTS
                if error.sqlstate not in RETRIED_STATES or late:
                    self._tally.count_unavailable()
                    log.warning(
                        "database_unavailable", database=self._name, cause=describe_error(error)
                    )
                    raise StoreUnavailable from error
                self._tally.count_retried()
                log.info("transaction_retried", database=self._name, sqlstate=error.sqlstate)
            await asyncio.sleep(random.uniform(0.005, 0.02) * 2**attempt)
        raise StoreUnavailable

    async def close(self) -> None:
        """Closes the idle connections; those in use close when they come back."""
        self._closed = True
        while self._idle:
            self._idle.pop().close()

    async def _once(
        self, statement: bytes, arguments: Sequence[Array | bytes | None], planned_anew: bool
    ) -> list[Row]:
        connection = await self._take()
        answer = connection.send(statement, arguments, self._give_back, planned_anew=planned_anew)
        return await answer

    async def _take(self) -> Connection:
        try:
            async with asyncio.timeout(POOL_TIMEOUT):
                while not self._idle:
                    if self._open < self._size:
                        return await self._connect()
                    await self._one_is_free()
        except TimeoutError:
            raise psycopg.OperationalError("no connection became free in time") from None
        return self._idle.pop()

    async def _one_is_free(self) -> None:
        freed = asyncio.get_running_loop().create_future()
        self._waiting.append(freed)
        try:
            await freed
        except BaseException:
            if freed.done() and not freed.cancelled():
                self._free_one()  # told too late: the next in line may have it
            raise

    async def _connect(self) -> Connection:
        self._open += 1
        try:
            opened = await psycopg.AsyncConnection.connect(
                self._url, autocommit=True, **connection_options(f"respite-{self._name}")
            )
            connection = Connection(opened)
            try:
                await connection.see_who_answers()
            except BaseException:
                connection.close()
                raise
            return connection
        except BaseException:
            self._open -= 1
            self._free_one()
            raise

    def _give_back(self, connection: Connection) -> None:
        if connection.is_broken or self._closed:
            connection.close()
            self._open -= 1
        else:
            self._idle.append(connection)
            connection.when_broken = self._drop
        self._free_one()

    def _drop(self, connection: Connection) -> None:
        """The server ended a connection that nobody used."""
        if connection in self._idle:
            self._idle.remove(connection)
            connection.close()
            self._open -= 1

    def _free_one(self) -> None:
        while self._waiting:
            freed = self._waiting.popleft()
            if not freed.done():
                freed.set_result(None)
                break
