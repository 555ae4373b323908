"""One connection of an event loop to PostgreSQL, over libpq's asynchronous calls
(https://www.postgresql.org/docs/current/libpq-async.html). Results come in binary, see
`kit.columns`.

A statement is prepared where it is first used on a connection, which spares each later call its
parsing and planning; what it calls is planned by the function itself, so there is no plan that
could grow old. Not behind a pooler, which may hand each transaction to another server connection.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

import psycopg
from psycopg import pq

from kit.binary_arrays import Array
from kit.columns import Reader, Row
from kit.pool import READ_ONLY_STATE

_Kind = tuple[bytes, tuple[int, ...]]

# The function was replaced by one with other columns, or the statement is not there any more: what
# is prepared is refused before any of it is done. Where a pooler was taken for the server, too.
_NOT_PREPARED: Final = frozenset({b"0A000", b"26000", b"42P05"})


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


class _Call(NamedTuple):
    """What is asked of the server. kind: of statements that are prepared as one."""

    planned_anew: bool
    statement: bytes
    values: list[bytes | None]
    types: list[int]
    formats: list[int]

    @property
    def kind(self) -> _Kind:
        return self.statement, tuple(self.types)

    @property
    def name(self) -> bytes:
        """To prepare it by. Whoever should meet it elsewhere meets the same statement."""
        return b"respite_" + hashlib.sha256(repr(self.kind).encode()).hexdigest()[:32].encode()


_NONE: Final = _Call(True, b"", [], [], [])


class Connection:
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
        self._prepares = False
        self._prepared: dict[_Kind, bytes] = {}
        self._preparing = False
        self._call = _NONE
        self._answer: asyncio.Future[list[Row]] | None = None
        self._results: list[pq.abc.PGresult] = []
        self._done: Callable[[Connection], None] | None = None
        self.when_broken: Callable[[Connection], None] | None = None

    @property
    def is_broken(self) -> bool:
        """Whether no call can be made any more, or none should: the server is no primary now."""
        return self._demoted or self._pgconn.status != pq.ConnStatus.OK

    async def see_who_answers(self) -> None:
        """Prepares statements from here on, if the server itself is at the other end: a pooler
        names none of the server's processes to whoever may want to cancel a query, for that changes
        from one transaction to the next. Raises psycopg's OperationalError."""
        [(process,)] = await self.send(
            b"SELECT pg_backend_pid()", (), lambda _: None, planned_anew=True
        )
        self._prepares = process == self._pgconn.backend_pid

    def send(
        self,
        statement: bytes,
        arguments: Sequence[Array | bytes | None],
        done: Callable[[Connection], None],
        *,
        planned_anew: bool,
    ) -> asyncio.Future[list[Row]]:
        """Begins a call. done: told when the connection is free again, which may be later than
        the answer's reader goes away. planned_anew: not prepared."""
        self._done, self._results = done, []
        self._answer = self._loop.create_future()
        answer = self._answer
        self._call = _Call(planned_anew, statement, *bound(arguments))
        try:
            self._ask()
        except psycopg.OperationalError as error:
            self._end(error)
        return answer

    def _ask(self) -> None:
        """Sends the call; before its first time, what prepares it."""
        call = self._call
        if call.planned_anew or not self._prepares:
            self._pgconn.send_query_params(
                call.statement, call.values, call.types, call.formats, pq.Format.BINARY
            )
        elif name := self._prepared.get(call.kind):
            self._pgconn.send_query_prepared(name, call.values, call.formats, pq.Format.BINARY)
        else:
            self._preparing = True
            self._pgconn.send_prepare(call.name, call.statement, call.types)
        self._flush()

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
        result, preparing = self._results[-1], self._preparing
        self._preparing = False
        if result.status == pq.ExecStatus.TUPLES_OK:
            try:
                self._end(None, self._reader.rows(result))
            except Exception as error:  # what cannot be read must still be answered
                self._end(error)
        elif preparing and result.status == pq.ExecStatus.COMMAND_OK:
            self._prepared[self._call.kind] = self._call.name
            self._ask_again()
        elif self._prepares and result.error_field(pq.DiagnosticField.SQLSTATE) in _NOT_PREPARED:
            self._prepares = False
            self._ask_again()
        else:
            refused = psycopg.errors.error_from_result(result)
            if not result.error_field(pq.DiagnosticField.SQLSTATE):  # libpq's own word
                refused = psycopg.OperationalError("the connection broke under a call")
            self._demoted = refused.sqlstate == READ_ONLY_STATE
            self._end(refused)

    def _ask_again(self) -> None:
        self._results = []
        self._ask()

    def _end(self, error: Exception | None, rows: list[Row] | None = None) -> None:
        answer, done = self._answer, self._done
        self._answer = self._done = None
        self._results, self._call = [], _NONE
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
