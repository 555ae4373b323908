"""What a service's two database roles find: versions, clock, and what they may do."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
from alembic.script import ScriptDirectory
from psycopg import sql

from kit.migrations import VERSION_TABLE, config_of
from kit.pool import conninfo


@dataclass(frozen=True, slots=True)
class Examined:
    """One role's view of the database.

    role: who it logs in as. version: of the schema, "" where it was never migrated. ahead: how far
    the database's clock is ahead of this machine's. superuser: it may do anything at all.
    changes: whether it may change rows of its schema. others: schemas of other services that it
    may use. read_only: whether its transactions begin read-only.
    """

    role: str
    version: str
    ahead: timedelta
    superuser: bool
    changes: bool
    read_only: bool
    others: tuple[str, ...]


class Unexaminable(Exception):
    """The database does not answer or lets the role not in; one line, without a password."""


def head_of(service: str, package_dir: Path) -> str:
    """The newest version that this code knows for a service."""
    return ScriptDirectory.from_config(config_of(service, package_dir)).get_current_head() or ""


def examine(service: str, url: str, services: tuple[str, ...]) -> Examined:
    """Looks with one role. url: postgresql://… services: every schema of the line.

    Raises Unexaminable.
    """
    try:
        with psycopg.connect(
            conninfo(url), autocommit=True, connect_timeout=5, prepare_threshold=None
        ) as session:
            return _examine(service, session, services)
    except ValueError as error:
        raise Unexaminable(str(error)) from error
    except psycopg.Error as error:
        said = str(error).strip().splitlines()
        raise Unexaminable(said[0] if said else type(error).__name__) from error


def _examine(service: str, session: psycopg.Connection, services: tuple[str, ...]) -> Examined:
    before = time.time()
    row = session.execute(
        "SELECT clock_timestamp(), current_user::text, rolsuper,"
        " current_setting('default_transaction_read_only') = 'on'"
        " FROM pg_roles WHERE rolname = current_user"
    ).fetchone()
    assert row is not None
    now, role, superuser, read_only = row
    middle = datetime.fromtimestamp((before + time.time()) / 2, UTC)
    found = session.execute(
        "SELECT nspname::text FROM pg_namespace WHERE nspname = ANY (%s)"
        " AND has_schema_privilege(nspname, 'USAGE')",
        [list(services)],
    ).fetchall()
    usable = {name for (name,) in found}
    return Examined(
        role=role,
        version=_version(service, session) if service in usable else "",
        ahead=now - middle,
        superuser=superuser,
        changes=service in usable and _may_change(service, session),
        read_only=read_only,
        others=tuple(sorted(usable - {service})),
    )


def _version(service: str, session: psycopg.Connection) -> str:
    table = sql.Identifier(service, VERSION_TABLE)
    row = session.execute(
        sql.SQL("SELECT string_agg(version_num, ', ') FROM {}").format(table)
    ).fetchone()
    return row[0] or "" if row else ""


def _may_change(service: str, session: psycopg.Connection) -> bool:
    row = session.execute(
        "SELECT has_table_privilege(to_regclass(%s), 'INSERT, UPDATE, DELETE')",
        [f"{service}.audit_records"],
    ).fetchone()
    return bool(row and row[0])
