"""The database roles of a service, and all that they may do.

`<service>_owner` may not log in and owns the schema; `<service>_writer` changes rows;
`<service>_reader` only reads. Limits stand on the role, not in the session, because a session
behind PgBouncer in transaction mode keeps none.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Final, LiteralString

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

# Time-outs: an RPC has 5 s by default, so nothing here outlives its caller by much. And no
# statement is compiled: for what takes milliseconds that takes longer than the statement.
_LIMITS: Final = {
    "jit": "off",
    "TimeZone": "UTC",
    "default_transaction_isolation": "read committed",
    "lock_timeout": "2s",
    "statement_timeout": "10s",
    "idle_in_transaction_session_timeout": "15s",
}
_READ_ONLY: Final = {"default_transaction_read_only": "on"}
# Two databases of one server share their roles and pg_authid, but no advisory lock:
# internal_error ("tuple concurrently updated"), duplicate_object, unique_violation.
_RACES: Final = frozenset({"XX000", "42710", "23505"})
_ATTEMPTS: Final = 5


class MigrationError(Exception):
    """What an operator has to put right before migrations can run; the text says how."""


def ensure_roles(
    admin: psycopg.Connection, admin_url: str, service: str, writer_url: str, reader_url: str
) -> None:
    """Makes the three roles and the schema of `service`, or brings them to what they should be.

    admin: autocommit, as a superuser or as a role with CREATEROLE that owns the database.
    Raises MigrationError where the URLs name other roles or admin may not do it.
    """
    passwords = {
        f"{service}_writer": _password(writer_url, f"{service}_writer"),
        f"{service}_reader": _password(reader_url, f"{service}_reader"),
    }
    for attempt in range(_ATTEMPTS):
        try:
            _make_roles(admin, service)
            break
        except psycopg.errors.InsufficientPrivilege as error:
            raise MigrationError(
                f"{admin.info.user} may not manage the roles of {service}"
                f" ({error.diag.message_primary}): the role of ADMIN_DATABASE_URL must be a"
                " superuser, or have CREATEROLE and have made them"
            ) from None
        except psycopg.Error as error:
            if error.sqlstate not in _RACES or attempt == _ATTEMPTS - 1:
                raise
        time.sleep(0.1 * (attempt + 1))
    _close_to_the_public(admin)
    for role, password in passwords.items():
        _run(admin, "GRANT CONNECT ON DATABASE {} TO {}", admin.info.dbname, role)
        if password is not None and not _logs_in(admin_url, role, password):
            _set_password(admin, role, password)
    _make_schema(admin, service)


def _password(url: str, role: str) -> str | None:
    """The password in a URL of that role; None where the role logs in by other means."""
    fields = conninfo_to_dict(url)
    if fields.get("user") != role:
        raise MigrationError(f"a database URL names the role {fields.get('user')}, not {role}")
    password = fields.get("password")
    return None if password is None else str(password)


def _make_roles(admin: psycopg.Connection, service: str) -> None:
    owner, writer, reader = (f"{service}_{kind}" for kind in ("owner", "writer", "reader"))
    for role, login in ((owner, False), (writer, True), (reader, True)):
        row = admin.execute("SELECT rolcanlogin FROM pg_roles WHERE rolname = %s", [role])
        found = row.fetchone()
        if found is None:
            _run(admin, "CREATE ROLE {} LOGIN" if login else "CREATE ROLE {} NOLOGIN", role)
        elif found[0] is not login:
            _run(admin, "ALTER ROLE {} LOGIN" if login else "ALTER ROLE {} NOLOGIN", role)
    if admin.info.parameter_status("is_superuser") != "on":
        # Making a role does not allow becoming it: not before PostgreSQL 16, nor after.
        _run(admin, "GRANT {} TO CURRENT_USER", owner)
    path = {"search_path": service}
    _limit(admin, writer, _LIMITS | path)
    _limit(admin, reader, _LIMITS | path | _READ_ONLY)


def _limit(admin: psycopg.Connection, role: str, settings: Mapping[str, str]) -> None:
    rows = admin.execute(
        "SELECT unnest(setconfig) FROM pg_db_role_setting s JOIN pg_roles r ON r.oid = s.setrole"
        " WHERE r.rolname = %s AND s.setdatabase = 0",
        [role],
    )
    present = {row[0] for row in rows}
    for name, value in settings.items():
        if f"{name}={value}" not in present:
            stmt = sql.SQL("ALTER ROLE {} SET {} = {}")
            admin.execute(stmt.format(sql.Identifier(role), sql.Identifier(name), value))


def _close_to_the_public(admin: psycopg.Connection) -> None:
    """Takes from PUBLIC what PostgreSQL gives it by default: CONNECT, TEMPORARY, schema public."""
    query: LiteralString = (
        "SELECT has_database_privilege('public', current_database(), 'CONNECT, TEMPORARY'),"
        " coalesce((SELECT has_schema_privilege('public', oid, 'USAGE, CREATE')"
        " FROM pg_namespace WHERE nspname = 'public'), false)"
    )
    database, schema = admin.execute(query).fetchone() or (False, False)
    if database:
        _run(admin, "REVOKE ALL ON DATABASE {} FROM PUBLIC", admin.info.dbname)
    if schema:
        admin.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")
    if admin.execute(query).fetchone() != (False, False):
        raise MigrationError(
            f"{admin.info.user} cannot close database {admin.info.dbname} to PUBLIC: the role of"
            " ADMIN_DATABASE_URL must own the database or be a superuser"
        )


def _logs_in(admin_url: str, role: str, password: str) -> bool:
    """Whether this very password opens the role; under "trust" nobody can tell, so False.

    Setting it again would give it a new salt, and poolers that keep the verifier would fail.
    """
    try:
        with psycopg.connect(make_conninfo(admin_url, user=role, password=password)) as connection:
            return bool(connection.pgconn.used_password)
    except psycopg.OperationalError:
        return False


def _set_password(admin: psycopg.Connection, role: str, password: str) -> None:
    # Hashed here, so that the server's log (log_statement = ddl) never shows it.
    verifier = admin.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256")
    stmt = sql.SQL("ALTER ROLE {} PASSWORD {}")
    admin.execute(stmt.format(sql.Identifier(role), verifier.decode()))


def _make_schema(admin: psycopg.Connection, service: str) -> None:
    owner, writer, reader = (f"{service}_{kind}" for kind in ("owner", "writer", "reader"))
    _run(admin, "CREATE SCHEMA IF NOT EXISTS {} AUTHORIZATION {}", service, owner)
    _run(admin, "SET ROLE {}", owner)
    try:
        _run(admin, "GRANT USAGE ON SCHEMA {} TO {}, {}", service, writer, reader)
        # A function of PUBLIC with SECURITY DEFINER would be a way round the reader's role.
        admin.execute("ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC")
        for rights, role in (
            ("SELECT, INSERT, UPDATE, DELETE ON TABLES", writer),
            ("USAGE, SELECT ON SEQUENCES", writer),
            ("EXECUTE ON FUNCTIONS", writer),
            ("SELECT ON TABLES", reader),
        ):
            stmt = sql.SQL("ALTER DEFAULT PRIVILEGES IN SCHEMA {} GRANT {} TO {}")
            admin.execute(
                stmt.format(sql.Identifier(service), sql.SQL(rights), sql.Identifier(role))
            )
    finally:
        admin.execute("RESET ROLE")


def _run(admin: psycopg.Connection, stmt: LiteralString, *names: str) -> None:
    """Executes `stmt` with each {} replaced by a quoted name."""
    admin.execute(sql.SQL(stmt).format(*(sql.Identifier(name) for name in names)))
