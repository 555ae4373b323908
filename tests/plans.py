"""What PostgreSQL means to do with the statements that a model function really makes."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import psycopg
from sqlalchemy import Connection, event

from kit.database import Database, DbReader, DbWriter


def plans_of(database: Database, admin_url: str, read: Callable[[DbReader], object]) -> str:
    """EXPLAIN's lines for every statement of `read`, with the planner's statistics brought up.

    Raises whatever `read` raises. admin_url: of the same database, for ANALYZE.
    """
    _analyze(admin_url)
    with database.reader() as db:
        return "\n".join(_plans(db._connection, lambda: read(db)))


def plans_of_writes(database: Database, admin_url: str, write: Callable[[DbWriter], object]) -> str:
    """The same for the statements of `write`, of which nothing stays."""
    _analyze(admin_url)
    return "\n".join(statements_of_writes(database, write))


def statements_of_writes(database: Database, write: Callable[[DbWriter], object]) -> list[str]:
    """EXPLAIN's lines for each statement of `write`, of which nothing stays."""
    with database._writer.connect() as connection:
        plans = _plans(connection, lambda: write(DbWriter(connection)))
        connection.rollback()
    return plans


def settle_down(admin: psycopg.Connection[Any], *tables: str) -> None:
    """VACUUM and ANALYZE until every page of these tables is visible to all.

    tables: with their schema. Whoever has a snapshot of the same database meanwhile, an autovacuum
    that analyses another table among them, keeps VACUUM from marking what is newer. Raises
    AssertionError.
    """
    deadline = time.monotonic() + 60
    while True:
        admin.execute("VACUUM ANALYZE")
        seen = admin.execute(
            "SELECT bool_and(relallvisible = relpages) FROM pg_class"
            " WHERE oid = ANY(%s::regclass[])",
            [list(tables)],
        ).fetchone()
        if seen == (True,):
            return
        assert time.monotonic() < deadline
        time.sleep(0.1)


def _analyze(admin_url: str) -> None:
    with psycopg.connect(admin_url, autocommit=True) as admin:
        admin.execute("ANALYZE")


def _plans(connection: Connection, run: Callable[[], object]) -> list[str]:
    plans: list[str] = []
    explaining = False

    def explain(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        nonlocal explaining
        if not explaining:
            explaining = True
            rows = connection.exec_driver_sql(f"EXPLAIN {statement}", parameters)
            plans.append("\n".join(str(row[0]) for row in rows))
            explaining = False

    event.listen(connection, "before_cursor_execute", explain)
    try:
        run()
    finally:
        event.remove(connection, "before_cursor_execute", explain)
    return plans
