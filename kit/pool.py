"""Connections to PostgreSQL: how they are made, watched, and what their errors may say."""

from __future__ import annotations

import select
import threading
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Engine, create_engine
from sqlalchemy.engine import URL, ExceptionContext, make_url
from sqlalchemy.event import listen
from sqlalchemy.exc import DisconnectionError, SQLAlchemyError
from sqlalchemy.pool import QueuePool

ATTEMPTS: Final = 5
RETRY_FOR: Final = 4.0  # seconds; after that the caller, who waits 5 by default, is gone
# https://www.postgresql.org/docs/current/errcodes-appendix.html: serialization_failure,
# deadlock_detected, lock_not_available. In each the server has undone the whole transaction.
RETRIED_STATES: Final = frozenset({"40001", "40P01", "55P03"})
POOL_TIMEOUT: Final = 3.0  # seconds; less than the 5 s that a caller waits by default
READ_ONLY_STATE: Final = "25006"  # read_only_sql_transaction


@dataclass(frozen=True, slots=True)
class PoolState:
    """A pool at this moment. name: whose connections these are. limit: how many it may open."""

    name: str
    in_use: int
    idle: int
    limit: int


@dataclass(slots=True)
class Tally:
    """How often a database could not be had, and how often a transaction was run again."""

    unavailable: int = 0
    retried: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def count_unavailable(self) -> None:
        """A call was answered that the database is unavailable."""
        with self._lock:
            self.unavailable += 1

    def count_retried(self) -> None:
        """A transaction is being run again."""
        with self._lock:
            self.retried += 1


def state_of(name: str, engine: Engine) -> PoolState:
    """What a pool that `pool_of` made holds."""
    pool = engine.pool
    assert isinstance(pool, QueuePool)
    return PoolState(name, pool.checkedout(), pool.checkedin(), pool.size())


def driver_url(url: str) -> URL:
    """A plain `postgresql://` (or `postgres://`) URL as SQLAlchemy wants it for psycopg.

    Raises ValueError, without the URL's password in its text, for any other kind.
    """
    try:
        parsed = make_url(url)
    except (SQLAlchemyError, ValueError):  # the latter: its port is no number
        raise ValueError("not a URL; expected postgresql://user:password@host:port/db") from None
    if parsed.drivername not in ("postgresql", "postgres", "postgresql+psycopg"):
        raise ValueError(f"expected a postgresql:// URL, not {parsed.drivername}://")
    return parsed.set(drivername="postgresql+psycopg")


def conninfo(url: str) -> str:
    """The same for psycopg itself; ValueError as `driver_url`.

    libpq reads URLs by rules of its own, and what it cannot read it quotes, the password with it.
    """
    return driver_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def pool_of(url: str, application_name: str, pool_size: int, *, autocommit: bool) -> Engine:
    """A pool of at most `pool_size` connections, for single statements or for transactions.

    url: as `driver_url` takes it; ValueError for others.
    """
    engine = create_engine(
        driver_url(url),
        # READ COMMITTED stands on the role: here it would be a session setting, which poolers lose
        isolation_level="AUTOCOMMIT" if autocommit else None,
        skip_autocommit_rollback=autocommit,
        pool_reset_on_return=None if autocommit else "rollback",
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=POOL_TIMEOUT,
        pool_recycle=1800,
        pool_use_lifo=True,
        hide_parameters=True,
        use_native_hstore=False,
        execution_options={"preserve_rowcount": True},
        connect_args=connection_options(application_name),
    )
    listen(engine, "checkout", _refuse_dead_connection)
    listen(engine, "handle_error", _sanitise)
    return engine


def connection_options(application_name: str) -> dict[str, Any]:
    """What every connection of ours is opened with."""
    return {
        "prepare_threshold": None,  # prepared statements and PgBouncer do not go together
        "application_name": application_name,
        "connect_timeout": 3,
        "keepalives_idle": 30,
        "keepalives_interval": 10,
        "keepalives_count": 3,
        "tcp_user_timeout": 10_000,
    }


def _refuse_dead_connection(connection: Any, _record: object, _proxy: object) -> None:
    """Finds a connection that the server closed, without asking the server.

    An idle connection has nothing to say, except that it is ending: PostgreSQL restarted, or a
    pooler or a firewall cut it. The pool then opens another.
    """
    if connection.closed:
        raise DisconnectionError("connection is closed")
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    if poll.poll(0):
        raise DisconnectionError("the server ended an idle connection")


def _sanitise(context: ExceptionContext) -> None:
    """Takes the row's values out of an error, which goes to the log if nobody handles it.

    PostgreSQL quotes them in DETAIL: "Key (phone_number)=(+1202…) already exists".
    """
    error, wrapped = context.original_exception, context.sqlalchemy_exception
    primary = getattr(getattr(error, "diag", None), "message_primary", None)
    if primary:
        error.args = (primary,)
        if wrapped is not None:
            wrapped.args = (f"({type(error).__name__}) {primary}",)
    if getattr(error, "sqlstate", None) == READ_ONLY_STATE and not _is_autocommit(context.engine):
        # The primary was demoted: its address now leads, or will lead, to another server.
        context.is_disconnect = True


def _is_autocommit(engine: Engine | None) -> bool:
    return engine is not None and engine.dialect.skip_autocommit_rollback
