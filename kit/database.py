"""The one way to the database: a reader that cannot write, a writer inside one transaction."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeAlias, TypeVar

from sqlalchemy import Connection, CursorResult, Engine, Executable, Row, Table, text
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from kit.access import CurrentCall
from kit.aio_database import AsyncWriter
from kit.audit import operator_call, record_of
from kit.logging import describe_error, get_logger
from kit.pool import (
    ATTEMPTS,
    RETRIED_STATES,
    RETRY_FOR,
    PoolState,
    Tally,
    pool_of,
    state_of,
)
from kit.refusals import StoreUnavailable

T = TypeVar("T")
AnyRow: TypeAlias = Row[*tuple[Any, ...]]
Params: TypeAlias = Mapping[str, Any] | None
ManyParams: TypeAlias = Params | Sequence[Mapping[str, Any]]


logger = get_logger(__name__)
_read_recorded: ContextVar[CurrentCall | None] = ContextVar("respite_read_recorded", default=None)


class DbReader:
    """Reads, one round trip a statement; PostgreSQL refuses it everything else.

    Statements are SQLAlchemy Core statements or text(). Every method raises StoreUnavailable where
    the database cannot answer now, and SQLAlchemy's error where the statement is at fault.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def rows(self, stmt: Executable, params: Params = None) -> Sequence[AnyRow]:
        """All rows of the answer."""
        return self._run(stmt, params).all()

    def row(self, stmt: Executable, params: Params = None) -> AnyRow | None:
        """The first row, None where there is none."""
        return self._run(stmt, params).first()

    def scalar(self, stmt: Executable, params: Params = None) -> Any:
        """The first column of the first row, None where there is no row."""
        return self._run(stmt, params).scalar()

    def _run(self, stmt: Executable, params: ManyParams) -> CursorResult[*tuple[Any, ...]]:
        try:
            return self._connection.execute(stmt, params)
        except DBAPIError as error:
            if not error.connection_invalidated:
                raise
        # A statement of its own that only reads may be asked again on a fresh connection.
        self._connection.rollback()
        return self._connection.execute(stmt, params)


class DbWriter(DbReader):
    """Reads and writes inside one transaction, which the kit opens and commits."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self.detail = ""

    def execute(self, stmt: Executable, params: ManyParams = None) -> int:
        """Runs a statement, once for each mapping in a sequence; how many rows it touched."""
        if isinstance(params, Sequence) and not params:
            return 0  # SQLAlchemy would run it once, and insert a row of defaults
        return self._run(stmt, params).rowcount

    def note(self, detail: str) -> None:
        """A few words for the operator's audit record, like "role=admin"; never a person's."""
        self.detail = detail

    def _run(self, stmt: Executable, params: ManyParams) -> CursorResult[*tuple[Any, ...]]:
        return self._connection.execute(stmt, params)


class Database:
    """One service's way to its schema: three pools, opened when first used.

    name: the service, also the schema and the first part of its roles.
    writer_url, reader_url: plain `postgresql://` URLs of the primary, with their two roles.
    read_url: a replica for `list_reader()`, with the reader role; the primary where None.
    audit: the table for records of operators' calls.
    pool_size: connections at most, per pool. application_name: what pg_stat_activity shows.

    Safe to share among threads. Nothing here is a session setting, so it works through PgBouncer
    in transaction mode; what the roles are held to stands in `kit.roles`.
    """

    def __init__(
        self,
        name: str,
        writer_url: str,
        reader_url: str,
        read_url: str | None = None,
        audit: Table | None = None,
        pool_size: int = 8,
        application_name: str | None = None,
    ) -> None:
        self.name = name
        self.tally = Tally()
        self._writer_url = writer_url
        self._audit = audit
        label = application_name or f"respite-{name}"
        self._writer = pool_of(writer_url, label, pool_size, autocommit=False)
        self._reader = pool_of(reader_url, label, pool_size, autocommit=True)
        self._lister = (
            pool_of(read_url, label, pool_size, autocommit=True) if read_url else self._reader
        )
        self._calls: AsyncWriter | None = None

    @contextmanager
    def reader(self) -> Iterator[DbReader]:
        """A reader of the primary: it sees every committed write.

        In an operator's call whose rule says audit, the record is stored before anything is read.
        """
        with self._reading(self._reader) as db:
            yield db

    @contextmanager
    def list_reader(self) -> Iterator[DbReader]:
        """A reader for lists and statistics, of the replica if there is one: it may lag."""
        with self._reading(self._lister) as db:
            yield db

    @contextmanager
    def writer(self) -> Iterator[DbWriter]:
        """One transaction (READ COMMITTED): committed at the end, rolled back on any exception."""
        with self._unavailable_if_broken(), self._transaction() as db:
            yield db

    def transact(self, fn: Callable[[DbWriter], T]) -> T:
        """What `fn` returns, committed; run again whole after a deadlock or a lock time-out.

        fn must be safe to repeat: of its effects outside the database nothing is undone.
        Raises StoreUnavailable after the fifth attempt, or one that fails after 4 seconds.
        """

        def run() -> T:
            with self._transaction() as db:
                return fn(db)

        return self._repeated(run)

    def calls(self, size: int) -> AsyncWriter:
        """The short way to the same primary for an event loop; size: connections at most."""
        self._calls = AsyncWriter(self.name, self._writer_url, size, self.tally)
        return self._calls

    def pools(self) -> Sequence[PoolState]:
        """What each pool holds now: that of the replica, too, where there is one."""
        engines = {"writer": self._writer, "reader": self._reader}
        if self._lister is not self._reader:
            engines["replica"] = self._lister
        states = [state_of(name, engine) for name, engine in engines.items()]
        return states if self._calls is None else [*states, self._calls.state]

    def ping(self) -> bool:
        """Whether both roles get an answer from the primary."""
        try:
            for engine in (self._reader, self._writer):
                with engine.connect() as connection:
                    connection.execute(text("SELECT 1"))
        except SQLAlchemyError:
            return False
        return True

    def dispose(self) -> None:
        """Closes the idle connections; those in use close when they come back."""
        for engine in (self._writer, self._reader, self._lister):
            engine.dispose()

    def _repeated(self, run: Callable[[], T]) -> T:
        deadline = time.monotonic() + RETRY_FOR
        with self._unavailable_if_broken():
            for attempt in range(1, ATTEMPTS):
                try:
                    return run()
                except DBAPIError as error:
                    state = _sqlstate(error)
                    if state not in RETRIED_STATES or time.monotonic() > deadline:
                        raise
                    self.tally.count_retried()
                    logger.info("transaction_retried", database=self.name, sqlstate=state)
                time.sleep(random.uniform(0.005, 0.02) * 2**attempt)
            return run()

    @contextmanager
    def _reading(self, engine: Engine) -> Iterator[DbReader]:
        with self._unavailable_if_broken():
            self._record_read()
            with engine.connect() as connection:
                yield DbReader(connection)

    @contextmanager
    def _transaction(self) -> Iterator[DbWriter]:
        with self._writer.begin() as connection:
            db = DbWriter(connection)
            yield db
            call = operator_call()
            if call is not None and self._audit is not None:
                connection.execute(record_of(self._audit, call, db.detail))

    def _record_read(self) -> None:
        call = operator_call()
        if call is None or not call.audit or self._audit is None or _read_recorded.get() is call:
            return
        with self._writer.begin() as connection:
            connection.execute(record_of(self._audit, call))
        _read_recorded.set(call)

    @contextmanager
    def _unavailable_if_broken(self) -> Iterator[None]:
        """Raises StoreUnavailable instead of errors that say nothing about the statement."""
        try:
            yield
        except PoolTimeoutError as error:
            raise self._unavailable("pool time-out") from error
        except DBAPIError as error:
            if not (isinstance(error, OperationalError) or error.connection_invalidated):
                raise
            raise self._unavailable(describe_error(error)) from error

    def _unavailable(self, cause: str) -> StoreUnavailable:
        self.tally.count_unavailable()
        logger.warning("database_unavailable", database=self.name, cause=cause)
        return StoreUnavailable()


def _sqlstate(error: DBAPIError) -> str | None:
    state: str | None = getattr(error.orig, "sqlstate", None)
    return state
