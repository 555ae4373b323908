"""Databases for tests: a server, a migrated template per service, a clone per test module."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import LiteralString

import psycopg
from psycopg import sql
from sqlalchemy import make_url

from kit.migrations import migrate

SERVICES = ("identity", "profile", "conversation", "billing", "jobs")
PACKAGES = Path(__file__).parents[1] / "services"
FAST = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",  # what a database is cloned from is copied, and not logged as well
    "max_wal_senders": "0",  # which that asks for
}
MEMORY = Path("/dev/shm")
ROOM = 4 << 30  # bytes, of which three test processes take half at most


@contextmanager
def home_of_server() -> Iterator[Path]:
    """A folder for a server that promises no durability: in memory, where there is plenty.

    Every emptied table and cloned database makes files by the hundred, for which some file systems
    look long for a place.
    """
    in_memory = (
        MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM and os.access(MEMORY, os.W_OK)
    )
    home = Path(tempfile.mkdtemp(prefix="respite-test-", dir=MEMORY if in_memory else None))
    home.chmod(0o711)  # as root, the server runs as somebody else, who has to pass through
    try:
        yield home
    finally:
        shutil.rmtree(home, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class ServiceUrls:
    """Plain postgresql:// URLs of one database: the service's two roles and the superuser."""

    writer: str
    reader: str
    admin: str

    @classmethod
    def of(cls, service: str, admin_url: str) -> ServiceUrls:
        def login(kind: str) -> str:
            user = make_url(admin_url).set(username=f"{service}_{kind}", password=f"{kind}-secret")
            return user.render_as_string(hide_password=False)

        return cls(login("writer"), login("reader"), admin_url)


class DatabaseServer:
    """A running server on which tests make and drop databases.

    admin_url: of a superuser. label: set apart the databases of test processes that share a server.
    """

    def __init__(self, admin_url: str, label: str = "") -> None:
        self.admin_url = admin_url
        self._label = label
        self._made = 0
        self._templates: dict[tuple[str, Path], str] = {}

    def create(self, kind: str, template: str = "template1") -> str:
        """The admin's URL of a new database."""
        self._made += 1
        name = f"test{self._label}_{kind}_{self._made}"
        # The quickest by far where nothing has to reach a disk.
        self.run("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY", name, template)
        return make_url(self.admin_url).set(database=name).render_as_string(hide_password=False)

    def drop(self, admin_url: str) -> None:
        """Drops a database that `create` made, whoever is connected to it."""
        self.run("DROP DATABASE IF EXISTS {} WITH (FORCE)", make_url(admin_url).database or "")

    def clone(self, service: str, package_dir: Path) -> ServiceUrls:
        """A new database that has the service's schema as its migrations make it, empty."""
        template = self._templates.get((service, package_dir))
        if template is None:
            urls = ServiceUrls.of(service, self.create("template"))
            migrate(service, package_dir, urls.admin, urls.writer, urls.reader)
            template = make_url(urls.admin).database or ""
            self._templates[service, package_dir] = template
        urls = ServiceUrls.of(service, self.create(service, template))
        # what is granted on a database, not in it, is not cloned
        name = make_url(urls.admin).database or ""
        self.run("REVOKE ALL ON DATABASE {} FROM PUBLIC", name)
        for role in (f"{service}_writer", f"{service}_reader"):
            self.run("GRANT CONNECT ON DATABASE {} TO {}", name, role)
        return urls

    def run(self, stmt: LiteralString, *names: str) -> None:
        """Executes `stmt` with each {} replaced by a quoted name."""
        with psycopg.connect(self.admin_url, autocommit=True) as connection:
            connection.execute(sql.SQL(stmt).format(*map(sql.Identifier, names)))

    def close(self) -> None:
        """Drops the templates, for a server that outlives the tests."""
        for name in self._templates.values():
            self.run("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)


class Databases(Mapping[str, ServiceUrls]):
    """One clone per service, made when first asked for: `databases["profile"].writer`."""

    def __init__(self, server: DatabaseServer) -> None:
        self._server = server
        self._urls: dict[str, ServiceUrls] = {}
        self._clones: list[str] = []
        self._admins: dict[str, psycopg.Connection] = {}

    def __getitem__(self, service: str) -> ServiceUrls:
        if service not in self._urls and service in SERVICES:
            self.add(service, PACKAGES / service)
        return self._urls[service]

    def __iter__(self) -> Iterator[str]:
        return iter(SERVICES)

    def __len__(self) -> int:
        return len(SERVICES)

    def add(self, service: str, package_dir: Path) -> ServiceUrls:
        """Clones a service that is none of ours, from its folder."""
        urls = self._urls[service] = self._server.clone(service, package_dir)
        self._clones.append(urls.admin)
        return urls

    def put(self, service: str, urls: ServiceUrls) -> None:
        """From now on the service's database is this one, which somebody else looks after."""
        self._urls[service] = urls

    @contextmanager
    def away(self, service: str) -> Iterator[None]:
        """The service cannot reach its database: what it has open breaks, and it gets no other."""
        name = make_url(self[service].admin).database or ""
        roles = (f"{service}_writer", f"{service}_reader")
        for role in roles:
            self._server.run("REVOKE CONNECT ON DATABASE {} FROM {}", name, role)
        with psycopg.connect(self[service].admin) as admin:
            admin.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND usename = ANY(%s)",
                [list(roles)],
            )
        try:
            yield
        finally:
            for role in roles:
                self._server.run("GRANT CONNECT ON DATABASE {} TO {}", name, role)

    def truncate(self, service: str) -> None:
        """Empties every table of the service that has rows, and restarts its sequences."""
        if service not in self._admins:
            self._admins[service] = psycopg.connect(self[service].admin, autocommit=True)
        admin = self._admins[service]
        found = admin.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = %s::regnamespace"
            " AND relkind IN ('r', 'p') AND NOT relispartition AND relname <> 'alembic_version'",
            [service],
        )
        tables = [sql.Identifier(service, row[0]) for row in found]
        probes = [sql.SQL("EXISTS (SELECT FROM {})").format(table) for table in tables]
        if not probes:
            return
        filled = admin.execute(sql.SQL("SELECT {}").format(sql.SQL(", ").join(probes))).fetchone()
        names = [table for table, has_rows in zip(tables, filled or (), strict=True) if has_rows]
        if names:
            stmt = sql.SQL("TRUNCATE {} RESTART IDENTITY CASCADE").format(sql.SQL(", ").join(names))
            try:
                admin.execute(stmt)
            except psycopg.errors.DeadlockDetected:
                # A transaction of the test before was still at work; it goes on now, and ends.
                admin.execute(stmt)

    def close(self) -> None:
        """Drops the clones."""
        for admin in self._admins.values():
            admin.close()
        for admin_url in self._clones:
            self._server.drop(admin_url)
