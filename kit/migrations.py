"""Brings one service's schema to the newest version, and tells where code and schema differ."""

from __future__ import annotations

import io
import re
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import psycopg
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import Script
from psycopg import sql
from sqlalchemy import Connection, Engine, MetaData, create_engine, text
from sqlalchemy.pool import NullPool

from kit.pool import conninfo, driver_url
from kit.roles import MigrationError, ensure_roles
from kit.schema_shape import partitions, shape_of, shape_of_tables

__all__ = ["MigrationError", "drift", "migrate", "new_migration", "render_sql"]

VERSION_TABLE: Final = "alembic_version"
LOCK_WAIT: Final = 300.0  # seconds; somebody else's migration may build an index meanwhile
_LOCK: Final = (0x52535054, 1)  # two-key advisory lock with a class of our own
_ENVIRONMENT: Final = Path(__file__).parent / "migrations_env"
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,50}")

# Alembic keeps its context in module globals: one run at a time in a process.
_alembic = threading.Lock()


def migrate(
    service: str, package_dir: Path, admin_url: str, writer_url: str, reader_url: str
) -> None:
    """Makes roles, rights, schema and functions of `service`, and runs its migrations as the
    schema's owner.

    package_dir: the service's folder; its versions are in `migrations/versions`, and what is to be
    run after them each time, safe to repeat, in `migrations/repeated.sql` if there is any.
    admin_url: a direct connection (no pooler: the lock is the session's), as superuser or as a
    role with CREATEROLE that owns the database. writer_url, reader_url: roles `<service>_writer`
    and `<service>_reader`; their passwords are set to those of the URLs.

    Safe to repeat and to run from many places at once: one migration runs in a database at a time.
    Raises MigrationError where somebody must act first, ValueError for what is no URL, psycopg's or
    SQLAlchemy's error otherwise.
    """
    if not _NAME.fullmatch(service):
        raise ValueError(f"not a schema name: {service!r}")
    admin_url = conninfo(admin_url)
    with (
        psycopg.connect(admin_url, autocommit=True, prepare_threshold=None) as admin,
        _one_at_a_time(admin),
    ):
        ensure_roles(admin, admin_url, service, writer_url, reader_url)
        with _owner(service, admin_url) as connection:
            _run(command.upgrade, config_of(service, package_dir, connection), "head")
            _protect_versions(connection, service)
            _replace_functions(connection, package_dir)
            _run_repeated(connection, package_dir)


def drift(service: str, metadata: MetaData, admin_url: str) -> list[str]:
    """One line for each difference between the migrated schema and the tables in the code.

    Alembic's comparison (tables, columns, types, defaults, comments, indexes, keys) first; where
    it finds nothing, definitions are compared letter by letter, for what it does not look at:
    CHECK constraints, index predicates, storage parameters. Partitions are not expected in code.
    admin_url: as for `migrate`. Changes nothing.
    """
    engine = _engine(admin_url)
    try:
        with engine.connect() as connection:
            ignored = partitions(connection, service)
            context = MigrationContext.configure(connection, opts=_options(service, ignored))
            if found := compare_metadata(context, metadata):
                return [_sentence(difference) for difference in found]
            left_out = {*ignored, VERSION_TABLE}
            present = shape_of(connection, service, left_out)
            expected = shape_of_tables(connection, service, metadata)
            connection.rollback()
    finally:
        engine.dispose()
    return [f"only in the database: {line}" for line in sorted(present - expected)] + [
        f"only in the code: {line}" for line in sorted(expected - present)
    ]


def render_sql(service: str, package_dir: Path) -> str:
    """The SQL of all the service's migrations from nothing to the newest, for a linter to read."""
    config = config_of(service, package_dir, None)
    config.output_buffer = buffer = io.StringIO()
    _run(command.upgrade, config, "head", sql=True)
    return buffer.getvalue()


def new_migration(
    service: str, package_dir: Path, metadata: MetaData, admin_url: str, message: str
) -> Path:
    """Writes the draft of the next migration, from the difference to a migrated database.

    Returns its path. A draft: Alembic does not see everything that `drift` sees.
    """
    with _owner(service, admin_url) as connection:
        config = config_of(service, package_dir, connection)
        config.attributes["options"] |= {"target_metadata": metadata}
        number = len(list((package_dir / "migrations" / "versions").glob("[0-9]*.py"))) + 1
        script = _run(
            command.revision, config, message=message, autogenerate=True, rev_id=f"{number:04}"
        )
    assert isinstance(script, Script)
    return Path(script.path)


@contextmanager
def _one_at_a_time(admin: psycopg.Connection) -> Iterator[None]:
    """Holds the database's migration lock.

    Asked for again and again: a session that waits inside pg_advisory_lock() holds a snapshot, and
    the CREATE INDEX CONCURRENTLY of the one who has the lock would wait for it for ever.
    """
    deadline = time.monotonic() + LOCK_WAIT
    while admin.execute("SELECT pg_try_advisory_lock(%s, %s)", _LOCK).fetchone() != (True,):
        if time.monotonic() > deadline:
            raise MigrationError(f"another migration has been running for {LOCK_WAIT:.0f} s")
        time.sleep(0.1)
    try:
        yield
    finally:
        admin.execute("SELECT pg_advisory_unlock(%s, %s)", _LOCK)


@contextmanager
def _owner(service: str, admin_url: str) -> Iterator[Connection]:
    """A connection of the admin that acts as the schema's owner."""
    engine = _engine(admin_url)
    try:
        with engine.connect() as connection:
            connection.execute(text(f"SET ROLE {service}_owner"))
            # DDL that waits for a lock makes every query behind it wait too.
            connection.execute(text("SET lock_timeout = '5s'"))
            connection.commit()
            yield connection
    finally:
        engine.dispose()


def _engine(admin_url: str) -> Engine:
    options: Mapping[str, Any] = {"prepare_threshold": None, "application_name": "respite-migrate"}
    return create_engine(
        driver_url(admin_url), poolclass=NullPool, connect_args=options, use_native_hstore=False
    )


def config_of(service: str, package_dir: Path, connection: Connection | None = None) -> Config:
    """Alembic's configuration for a service. connection: None where nothing is run."""
    config = Config()
    versions = package_dir / "migrations" / "versions"
    if not versions.is_dir():
        raise MigrationError(f"{service} has no migrations in {versions}")
    for name, value in {
        "script_location": str(_ENVIRONMENT),
        "version_locations": str(versions),
        "path_separator": "newline",
        "file_template": "%(rev)s_%(slug)s",
    }.items():
        config.set_main_option(name, value.replace("%", "%%"))
    config.attributes["connection"] = connection
    config.attributes["options"] = _options(service, frozenset())
    return config


def _options(service: str, ignored: frozenset[str]) -> dict[str, Any]:
    def is_ours(name: str | None, kind: str, _parents: Mapping[str, str | None]) -> bool:
        return name == service if kind == "schema" else name not in ignored

    return {
        "version_table": VERSION_TABLE,
        "version_table_schema": service,
        "transaction_per_migration": True,
        "include_schemas": True,
        "include_name": is_ours,
        "compare_type": True,
        "compare_server_default": True,
    }


def _run(action: Any, *args: Any, **kwargs: Any) -> Any:
    with _alembic:
        return action(*args, **kwargs)


def _protect_versions(connection: Connection, service: str) -> None:
    stmt = sql.SQL("REVOKE INSERT, UPDATE, DELETE ON {} FROM {}").format(
        sql.Identifier(service, VERSION_TABLE), sql.Identifier(f"{service}_writer")
    )
    connection.execute(text(stmt.as_string()))
    connection.commit()


def _run_repeated(connection: Connection, package_dir: Path) -> None:
    script = package_dir / "migrations" / "repeated.sql"
    if script.is_file():
        connection.execute(text(script.read_text(encoding="utf-8")))
        connection.commit()


def _replace_functions(connection: Connection, package_dir: Path) -> None:
    """Makes the service's functions what the files in `sql/functions` say, one in each.

    Each time, for they hold no data and have no history. Processes of the version before call them
    until they are replaced too: one whose arguments or columns change gets another name.
    """
    for path in sorted((package_dir / "sql" / "functions").glob("*.sql")):
        connection.exec_driver_sql(path.read_text(encoding="utf-8"))
    connection.commit()


def _sentence(difference: Any) -> str:
    """Alembic's tuple (or, for a column, list of tuples) as one line."""
    parts = difference if isinstance(difference, list) else [difference]
    return "; ".join(" ".join(str(word) for word in part) for part in parts)
