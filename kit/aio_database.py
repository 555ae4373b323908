"""The short way to the database for an asyncio server: one call of a database function at a time.

A thread that asks the database hands work and result over twice, and fights for the interpreter in
between; a pool of SQLAlchemy's adds to that. Where the work is one function call, in one round trip
that is a transaction of its own, the event loop can do it itself over libpq's asynchronous calls
(https://www.postgresql.org/docs/current/libpq-async.html). Results come in binary, see
`kit.columns`. Everything else belongs to `kit.database`.
"""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import psycopg
from psycopg import pq

from kit.binary_arrays import Array
from kit.columns import Reader, Row
from kit.logging import describe_error, get_logger
from kit.pool import (
    ATTEMPTS,
    POOL_TIMEOUT,
    READ_ONLY_STATE,
    RETRIED_STATES,
    RETRY_FOR,
    PoolState,
    Tally,
    connection_options,
    conninfo,
)
from kit.refusals import StoreUnavailable

log = get_logger(__name__)


def bound(
    arguments: Sequence[Array | bytes | None],
) -> tuple[list[bytes | None], list[int], list[int]]:
    """Values, types and formats of arguments, as libpq wants them."""
    values: list[bytes | None] = []
    types: list[int] = []
    formats: list[int] = []
    for argument in arguments:
        if isinstance(argument, Array):
            values.append(argument.data)
            types.append(argument.oid)
            formats.append(pq.Format.BINARY)
        else:
            values.append(argument)
            types.append(0)  # that of the function's parameter
            formats.append(pq.Format.TEXT)
    return values, types, formats


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
        self._idle: list[_Connection] = []
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._closed = False

    @property
    def state(self) -> PoolState:
        """What it holds now."""
        idle = len(self._idle)
        return PoolState("calls", self._open - idle, idle, self._size)

    async def call(self, statement: bytes, *arguments: Array | bytes | None) -> list[Row]:
        """The rows of the answer to a statement that calls one function, with $1, $2, … for its
        arguments. An argument is an Array, or text that the type's input reads.

        Run again whole after a deadlock or a lock time-out, as `Database.transact` does. Raises
        StoreUnavailable where the database cannot answer now, psycopg's error where the statement
        is at fault. A caller that is cancelled does not end what the database has begun.
        """
        deadline = asyncio.get_running_loop().time() + RETRY_FOR
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return await self._once(statement, arguments)
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

    async def _once(self, statement: bytes, arguments: Sequence[Array | bytes | None]) -> list[Row]:
        connection = await self._take()
        answer = connection.send(statement, arguments, self._give_back)
        return await answer

    async def _take(self) -> _Connection:
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

    async def _connect(self) -> _Connection:
        self._open += 1
        try:
            opened = await psycopg.AsyncConnection.connect(
                self._url, autocommit=True, **connection_options(f"respite-{self._name}")
            )
            return _Connection(opened)
        except BaseException:
            self._open -= 1
            self._free_one()
            raise

    def _give_back(self, connection: _Connection) -> None:
        if connection.is_broken or self._closed:
            connection.close()
            self._open -= 1
        else:
            self._idle.append(connection)
            connection.when_broken = self._drop
        self._free_one()

    def _drop(self, connection: _Connection) -> None:
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


class _Connection:
    """One connection, with at most one call under way."""

    def __init__(self, opened: psycopg.AsyncConnection[Any]) -> None:
        self._opened = opened  # kept, for its end closes the connection
        self._reader = Reader(opened)
        self._pgconn = opened.pgconn
        self._pgconn.nonblocking = 1
        self._loop = asyncio.get_running_loop()
        self._socket = self._pgconn.socket  # libpq forgets it when the connection breaks
        self._loop.add_reader(self._socket, self._readable)
        self._demoted = False
        self._answer: asyncio.Future[list[Row]] | None = None
        self._results: list[pq.abc.PGresult] = []
        self._done: Callable[[_Connection], None] | None = None
        self.when_broken: Callable[[_Connection], None] | None = None

    @property
    def is_broken(self) -> bool:
        """Whether no call can be made any more, or none should: the server is no primary now."""
        return self._demoted or self._pgconn.status != pq.ConnStatus.OK

    def send(
        self,
        statement: bytes,
        arguments: Sequence[Array | bytes | None],
        done: Callable[[_Connection], None],
    ) -> asyncio.Future[list[Row]]:
        """Begins a call. done: told when the connection is free again, which may be later than
        the answer's reader goes away."""
        self._done, self._results = done, []
        self._answer = self._loop.create_future()
        answer = self._answer
        try:
            self._pgconn.send_query_params(
                statement, *bound(arguments), result_format=pq.Format.BINARY
            )
            self._flush()
        except psycopg.OperationalError as error:
            self._end(error)
        return answer

    def close(self) -> None:
        """Ends the connection."""
        self._forget()
        self._pgconn.finish()

    def _forget(self) -> None:
        self._loop.remove_reader(self._socket)
        self._loop.remove_writer(self._socket)

    def _flush(self) -> None:
        """Hands libpq's buffer to the kernel, the rest when there is room."""
        if self._pgconn.flush():
            self._loop.add_writer(self._socket, self._writable)

    def _writable(self) -> None:
        try:
            if not self._pgconn.flush():
                self._loop.remove_writer(self._socket)
        except psycopg.OperationalError as error:
            self._end(error)

    def _readable(self) -> None:
        try:
            self._pgconn.consume_input()
            while self._answer is not None and not self._pgconn.is_busy():
                result = self._pgconn.get_result()
                if result is None:
                    self._finish()
                    return
                self._results.append(result)
        except psycopg.OperationalError as error:
            self._end(error)

    def _finish(self) -> None:
        result = self._results[-1]
        if result.status == pq.ExecStatus.TUPLES_OK:
            try:
                self._end(None, self._reader.rows(result))
            except Exception as error:  # what cannot be read must still be answered
                self._end(error)
        else:
            refused = psycopg.errors.error_from_result(result)
            if not result.error_field(pq.DiagnosticField.SQLSTATE):  # libpq's own word
                refused = psycopg.OperationalError("the connection broke under a call")
            self._demoted = refused.sqlstate == READ_ONLY_STATE
            self._end(refused)

    def _end(self, error: Exception | None, rows: list[Row] | None = None) -> None:
        answer, done = self._answer, self._done
        self._answer = self._done = None
        self._results = []
        if self.is_broken:
            self._forget()
        if answer is not None and not answer.done():
            if error is None:
                answer.set_result(rows or [])
            else:
                answer.set_exception(error)
        if done is not None:
            done(self)
        elif error is not None and self.when_broken is not None:
            self.when_broken(self)
