"""The database that every system gets anew for every measurement."""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

VARIABLE = "BENCH_DATABASE_URL"
"""Of a superuser; the database it names is dropped and made again before every measurement."""


def url() -> str:
    """The superuser's URL of the database."""
    return os.environ[VARIABLE]


def make_anew() -> None:
    """Drops the database, whoever is connected to it, and makes it empty."""
    parts = urlsplit(url())
    name = sql.Identifier(parts.path.lstrip("/"))
    with psycopg.connect(
        urlunsplit(parts._replace(path="/postgres")), autocommit=True
    ) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))
        connection.execute(sql.SQL("CREATE DATABASE {}").format(name))


def execute(statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
    """The rows of a statement, or of the last of several without parameters."""
    with psycopg.connect(url(), autocommit=True) as connection:
        cursor = connection.execute(statement.encode(), parameters or None)
        return cursor.fetchall() if cursor.description else []


def settle_down() -> None:
    """What autovacuum and the checkpointer would have done by and by; alike for every system."""
    execute("VACUUM ANALYZE")
    execute("CHECKPOINT")
