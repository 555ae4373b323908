from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import MetaData, make_url

from kit.migrations import MigrationError, drift, migrate, new_migration, render_sql
from tests.databases import DatabaseServer, ServiceUrls
from tests.kit.toys.notes import tables as notes_tables
from tests.kit.toys.parcels import tables as parcels_tables

pytestmark = pytest.mark.slow

TOYS = Path(__file__).parent / "toys"
ROOT = Path(__file__).parents[2]
METADATA = {"notes": notes_tables.metadata, "parcels": parcels_tables.metadata}
OTHER_INDEX = """
    DROP INDEX notes.notes_starred;
    CREATE INDEX notes_starred ON notes.notes (stars, id) WHERE stars > 1"""
VERSION = '''"""{number}"""
from alembic import op
revision = "{number:04}"
down_revision = {before}
def upgrade():
    {body}
'''


def write_service(folder: Path, *bodies: str) -> tuple[str, Path]:
    """A service of an own name with a migration for each body; "{s}" stands for its schema."""
    name = f"s{uuid4().hex[:8]}"
    versions = folder / "migrations" / "versions"
    versions.mkdir(parents=True, exist_ok=True)
    for number, body in enumerate(bodies, 1):
        before = f'"{number - 1:04}"' if number > 1 else "None"
        text = VERSION.format(number=number, before=before, body=body.replace("{s}", name))
        (versions / f"{number:04}_step.py").write_text(text)
    return name, folder


def with_password(url: str, password: str) -> str:
    return make_url(url).set(password=password).render_as_string(hide_password=False)


def run(service: str, package_dir: Path, urls: ServiceUrls) -> None:
    migrate(service, package_dir, urls.admin, urls.writer, urls.reader)


def asked(url: str, query: str) -> object:
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(query.encode())
        row = cursor.fetchone() if cursor.description else None
    return None if row is None else row[0]


@pytest.fixture
def admin_url(postgres: DatabaseServer) -> Iterator[str]:
    url = postgres.create("migrations")
    yield url
    postgres.drop(url)


@pytest.fixture
def both(admin_url: str) -> dict[str, ServiceUrls]:
    """Two services in one database, as in production by default."""
    urls = {service: ServiceUrls.of(service, admin_url) for service in METADATA}
    for service, its in urls.items():
        run(service, TOYS / service, its)
    return urls


@pytest.fixture
def managed(postgres: DatabaseServer) -> Iterator[str]:
    """The URL of a managed server's administrator: CREATEROLE, owns the database, no superuser."""
    manager = f"manager_{uuid4().hex[:8]}"
    postgres.run("CREATE ROLE {} LOGIN CREATEROLE PASSWORD 'm'", manager)
    url = postgres.create("managed")
    name = make_url(url).database or ""
    postgres.run("ALTER DATABASE {} OWNER TO {}", name, manager)
    yield make_url(url).set(username=manager, password="m").render_as_string(hide_password=False)
    postgres.drop(url)


def test_a_migrated_schema_is_what_the_code_says(both: dict[str, ServiceUrls]) -> None:
    for service, urls in both.items():
        assert drift(service, METADATA[service], urls.admin) == []


def test_migrating_again_changes_nothing(both: dict[str, ServiceUrls]) -> None:
    passwords = "SELECT string_agg(rolpassword, ',' ORDER BY rolname) FROM pg_authid"
    before = asked(both["notes"].admin, passwords)
    run("notes", TOYS / "notes", both["notes"])
    assert asked(both["notes"].admin, passwords) == before


@pytest.mark.parametrize("kind", ["reader", "writer"])
@pytest.mark.parametrize(("service", "table"), [("notes", "parcels"), ("parcels", "notes")])
def test_a_service_may_not_read_the_data_of_another(
    both: dict[str, ServiceUrls], service: str, table: str, kind: str
) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match=f"schema {table}"):
        asked(getattr(both[service], kind), f"SELECT * FROM {table}.{table}")
    asked(getattr(both[service], kind), f"SELECT * FROM {service}.{service}")


@pytest.mark.parametrize("kind", ["reader", "writer"])
@pytest.mark.parametrize(
    "ddl", ["CREATE TABLE public.t ()", "CREATE SCHEMA s", "CREATE TEMPORARY TABLE t ()"]
)
def test_nobody_but_the_owner_makes_anything(
    both: dict[str, ServiceUrls], kind: str, ddl: str
) -> None:
    with psycopg.connect(getattr(both["notes"], kind), autocommit=True) as connection:
        connection.execute("SET default_transaction_read_only = off")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(ddl.encode())


def test_a_role_without_a_service_cannot_even_connect(
    both: dict[str, ServiceUrls], postgres: DatabaseServer
) -> None:
    stranger = f"stranger_{uuid4().hex[:8]}"
    postgres.run("CREATE ROLE {} LOGIN PASSWORD 'x'", stranger)
    url = make_url(both["notes"].admin).set(username=stranger, password="x")
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        asked(url.render_as_string(hide_password=False), "SELECT 1")


def test_the_owner_cannot_log_in(both: dict[str, ServiceUrls]) -> None:
    query = "SELECT bool_or(rolcanlogin) FROM pg_roles WHERE rolname LIKE '%s_owner'"
    assert asked(both["notes"].admin, query) is False


def test_a_reader_may_not_call_what_runs_with_the_owners_rights(
    both: dict[str, ServiceUrls],
) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        asked(both["parcels"].reader, "SELECT parcels.lose()")
    asked(both["parcels"].writer, "SELECT parcels.lose()")


def test_versions_are_readable_and_the_owners_to_change(both: dict[str, ServiceUrls]) -> None:
    for url in (both["notes"].reader, both["notes"].writer):
        assert asked(url, "SELECT version_num FROM notes.alembic_version") == "0001"
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        asked(both["notes"].writer, "DELETE FROM notes.alembic_version")


def test_a_new_password_in_the_url_is_applied(admin_url: str, tmp_path: Path) -> None:
    service, folder = write_service(tmp_path, "pass")
    old = ServiceUrls.of(service, admin_url)
    new = replace(old, writer=with_password(old.writer, "it's%+new:@/"))
    run(service, folder, old)
    run(service, folder, new)
    assert asked(new.writer, "SELECT 1") == asked(new.reader, "SELECT 1") == 1
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        asked(old.writer, "SELECT 1")


def test_a_url_of_another_role_is_refused_before_anything_is_made(
    admin_url: str, tmp_path: Path
) -> None:
    service, folder = write_service(tmp_path, "pass")
    urls = ServiceUrls.of(service, admin_url)
    with pytest.raises(MigrationError, match=f"names the role {service}_reader, not"):
        migrate(service, folder, urls.admin, urls.reader, urls.reader)
    roles = f"SELECT count(*) FROM pg_roles WHERE rolname LIKE '{service}%'"
    assert asked(admin_url, roles) == 0


def test_a_migration_that_fails_leaves_its_version_as_it_was(
    admin_url: str, tmp_path: Path
) -> None:
    broken = "op.execute('CREATE TABLE {s}.b ()'); op.execute('SELECT 1/0')"
    service, folder = write_service(tmp_path, "op.execute('CREATE TABLE {s}.a ()')", broken)
    urls = ServiceUrls.of(service, admin_url)
    with pytest.raises(Exception, match="division by zero"):
        run(service, folder, urls)
    assert asked(urls.reader, f"SELECT version_num FROM {service}.alembic_version") == "0001"
    assert asked(urls.reader, f"SELECT to_regclass('{service}.b')") is None
    assert asked(urls.reader, f"SELECT to_regclass('{service}.a')") is not None


def test_processes_that_migrate_at_once_do_not_disturb_each_other(
    admin_url: str, tmp_path: Path
) -> None:
    concurrently = (
        "with op.get_context().autocommit_block():"
        " op.execute('CREATE INDEX CONCURRENTLY i ON {s}.t (n)')"
    )
    table = "op.execute('CREATE TABLE {s}.t (n int)'); op.execute('SELECT pg_sleep(0.5)')"
    service, folder = write_service(tmp_path, table, concurrently)
    other, other_folder = write_service(tmp_path / "other", table, concurrently)
    program = (
        "import sys; from pathlib import Path; from kit.migrations import migrate;"
        " migrate(sys.argv[1], Path(sys.argv[2]), *sys.argv[3:])"
    )

    def start(name: str, package_dir: Path) -> subprocess.CompletedProcess[str]:
        urls = ServiceUrls.of(name, admin_url)
        command = [sys.executable, "-c", program, name, str(package_dir)]
        command += [urls.admin, urls.writer, urls.reader]
        return subprocess.run(
            command, capture_output=True, text=True, timeout=60, check=False, cwd=ROOT
        )

    with ThreadPoolExecutor(4) as threads:
        done = list(threads.map(start, [service, other] * 2, [folder, other_folder] * 2))
    assert [process.stderr for process in done if process.returncode] == []
    for name in (service, other):
        url = ServiceUrls.of(name, admin_url).reader
        assert asked(url, f"SELECT version_num FROM {name}.alembic_version") == "0002"


def test_a_migration_waits_for_another_and_then_says_so(
    admin_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kit.migrations.LOCK_WAIT", 0.2)
    service, folder = write_service(tmp_path, "pass")
    urls = ServiceUrls.of(service, admin_url)
    with psycopg.connect(admin_url, autocommit=True) as other:
        other.execute("SELECT pg_advisory_lock(%s, %s)", (0x52535054, 1))
        with pytest.raises(MigrationError, match="another migration"):
            run(service, folder, urls)
    run(service, folder, urls)


def test_an_administrator_who_is_no_superuser_can_migrate(managed: str, tmp_path: Path) -> None:
    table = "op.execute('CREATE TABLE {s}.t (n int)')"
    service, folder = write_service(tmp_path, table, table.replace(".t", ".u"))
    urls = ServiceUrls.of(service, managed)
    run(service, folder, urls)
    run(service, folder, replace(urls, reader=with_password(urls.reader, "another")))
    asked(urls.writer, f"INSERT INTO {service}.t VALUES (1)")
    assert asked(with_password(urls.reader, "another"), f"SELECT n FROM {service}.t") == 1
    public = "SELECT has_database_privilege('public', current_database(), 'CONNECT')"
    assert asked(managed, public) is False
    owner = f"SELECT tableowner FROM pg_tables WHERE schemaname = '{service}' LIMIT 1"
    assert asked(managed, owner) == f"{service}_owner"
    assert drift(service, MetaData(schema=service), managed) != []


def test_an_administrator_who_does_not_own_the_database_is_told_so(
    managed: str, admin_url: str, tmp_path: Path
) -> None:
    service, folder = write_service(tmp_path, "pass")
    foreign = make_url(managed).set(database=make_url(admin_url).database)
    urls = ServiceUrls.of(service, foreign.render_as_string(hide_password=False))
    with pytest.raises(MigrationError, match="must own the database"):
        run(service, folder, urls)


def test_an_administrator_who_may_not_make_roles_is_told_so(
    managed: str, postgres: DatabaseServer, tmp_path: Path
) -> None:
    postgres.run("ALTER ROLE {} NOCREATEROLE", make_url(managed).username or "")
    service, folder = write_service(tmp_path, "pass")
    with pytest.raises(MigrationError, match="must be a superuser, or have CREATEROLE"):
        run(service, folder, ServiceUrls.of(service, managed))


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ("DROP INDEX notes.notes_by_words", "notes_by_words"),
        ("CREATE INDEX extra ON notes.notes (stars)", "extra"),
        ("ALTER TABLE notes.notes ADD COLUMN extra int", "extra"),
        ("ALTER TABLE notes.notes DROP COLUMN stars", "stars"),
        ("ALTER TABLE notes.notes ALTER COLUMN words DROP NOT NULL", "nullable"),
        ("ALTER TABLE notes.notes ALTER COLUMN stars SET DEFAULT 1", "default"),
        ("ALTER TABLE notes.notes ALTER COLUMN stars TYPE bigint", "type"),
        ("COMMENT ON COLUMN notes.notes.stars IS 'other'", "comment"),
        ("COMMENT ON TABLE notes.notes IS 'other'", "comment"),
        ("CREATE TABLE notes.extra ()", "extra"),
        ("DROP TABLE notes.audit_records", "audit_records"),
        ("ALTER TABLE notes.notes DROP CONSTRAINT notes_stars_in_range", "notes_stars_in_range"),
        ("ALTER TABLE notes.notes SET (fillfactor = 60)", "fillfactor"),
        (OTHER_INDEX, "notes_starred"),
    ],
)
def test_every_difference_between_schema_and_code_is_found(
    both: dict[str, ServiceUrls], change: str, word: str
) -> None:
    asked(both["notes"].admin, change)
    found = drift("notes", METADATA["notes"], both["notes"].admin)
    assert any(word in line for line in found)
    assert asked(both["notes"].admin, "SELECT to_regnamespace('respite_shadow')") is None


def test_the_sql_of_all_migrations_can_be_read_without_a_database() -> None:
    text = render_sql("notes", TOYS / "notes")
    assert "CREATE TABLE notes.notes" in text
    assert "REVOKE UPDATE, DELETE, TRUNCATE ON notes.audit_records FROM notes_writer" in text


def test_a_draft_of_the_next_migration_holds_the_difference(admin_url: str, tmp_path: Path) -> None:
    service, folder = write_service(tmp_path, "pass")
    urls = ServiceUrls.of(service, admin_url)
    run(service, folder, urls)
    metadata = MetaData(schema=service)
    notes_tables.notes.to_metadata(metadata, schema=service)
    path = new_migration(service, folder, metadata, admin_url, "Keep notes")
    assert path.name == "0002_keep_notes.py"
    run(service, folder, urls)
    assert drift(service, metadata, admin_url) == []


@pytest.mark.parametrize("name", ["", "Notes", "1st", "a-b", 'x"y'])
def test_only_plain_names_become_schemas(admin_url: str, tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="not a schema name"):
        migrate(name, tmp_path, admin_url, admin_url, admin_url)


def test_a_service_without_migrations_is_told_so(admin_url: str, tmp_path: Path) -> None:
    service = f"s{uuid4().hex[:8]}"
    with pytest.raises(MigrationError, match="has no migrations in"):
        run(service, tmp_path, ServiceUrls.of(service, admin_url))
