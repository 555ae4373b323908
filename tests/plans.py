"""What PostgreSQL means to do with the queries that a model function really makes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import psycopg
from sqlalchemy import ClauseElement, Executable

from kit.database import AnyRow, Database, DbReader, DbWriter, ManyParams


class _Listening(DbReader):
    """Keeps the statements that run through it."""

    def __init__(self, db: DbReader) -> None:
        super().__init__(db._connection)
        self.statements: list[str] = []

    def _run(self, stmt: Executable, params: ManyParams) -> Any:
        assert isinstance(stmt, ClauseElement)
        compiled = stmt.compile(
            dialect=self._connection.dialect, compile_kwargs={"literal_binds": True}
        )
        self.statements.append(str(compiled).replace("%%", "%"))
        return super()._run(stmt, params)


class _ListeningWriter(_Listening, DbWriter):
    """The same of a writer."""


def plans_of(database: Database, admin_url: str, read: Callable[[DbReader], object]) -> str:
    """EXPLAIN's lines for every statement of `read`, with the planner's statistics brought up.

    Raises whatever `read` raises. admin_url: of the same database, for ANALYZE.
    """
    with psycopg.connect(admin_url, autocommit=True) as admin, database.reader() as db:
        admin.execute("ANALYZE")
        listening = _Listening(db)
        read(listening)
        return _explained(admin, listening.statements)


def plans_of_writes(database: Database, admin_url: str, write: Callable[[DbWriter], object]) -> str:
    """The same for the statements of `write`, whose changes stay."""
    with psycopg.connect(admin_url, autocommit=True) as admin:
        admin.execute("ANALYZE")
        with database.writer() as db:
            listening = _ListeningWriter(db)
            write(listening)
        return _explained(admin, listening.statements)


def _explained(admin: psycopg.Connection, statements: Sequence[str]) -> str:
    lines: Sequence[AnyRow | tuple[Any, ...]] = [
        row for statement in statements for row in admin.execute(f"EXPLAIN {statement}".encode())
    ]
    return "\n".join(str(row[0]) for row in lines)
