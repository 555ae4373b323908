"""Migrates a fresh database and tells where it differs from the tables in the code; then has
squawk read the migrations' SQL for what would lock or break a live database."""

from __future__ import annotations

import re
import subprocess
import sys
import sysconfig
import tempfile
from importlib import import_module
from pathlib import Path

from sqlalchemy import make_url

from kit.migrations import drift, migrate, render_sql
from kit.postgres import EmbeddedPostgres

ROOT = Path(__file__).resolve().parents[1]
SERVICES = ("identity", "profile", "conversation", "billing", "jobs")
VERSION_TABLE = re.compile(r"^CREATE TABLE \w+\.alembic_version .*?;$", re.MULTILINE | re.DOTALL)
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def drifted(service: str, admin_url: str) -> list[str]:
    def login(kind: str) -> str:
        url = make_url(admin_url).set(username=f"{service}_{kind}", password="drift")
        return url.render_as_string(hide_password=False)

    package = ROOT / "services" / service
    for _ in range(2):  # the second run finds nothing to do, and must say so by not failing
        migrate(service, package, admin_url, login("writer"), login("reader"))
    metadata = import_module(f"services.{service}.tables").metadata
    return [f"{service}: {line}" for line in drift(service, metadata, admin_url)]


def squawked(folder: Path) -> bool:
    """Whether squawk is content with all of them."""
    for service in SERVICES:
        # without Alembic's own table, which is not ours to correct
        text = VERSION_TABLE.sub("", render_sql(service, ROOT / "services" / service))
        # a file a migration: each is a transaction, and may meet a table that is full by then
        for number, part in enumerate(text.split("\nCOMMIT;\n")[:-1], start=1):
            # what kit.migrations sets on its connection, which is not in the SQL
            script = f"SET lock_timeout = '5s';\n{part}\nCOMMIT;\n"
            (folder / f"{service}-{number:04}.sql").write_text(script, encoding="utf-8")
    squawk = Path(sysconfig.get_path("scripts")) / "squawk"
    files = sorted(folder.glob("*.sql"))
    done = subprocess.run([squawk, "--config", ROOT / ".squawk.toml", *files], check=False)
    return done.returncode == 0


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="respite-drift-") as name:
        home = Path(name)
        home.chmod(0o711)
        with EmbeddedPostgres(home, FAST) as postgres:
            admin_url = postgres.start(0)
            lines = [line for service in SERVICES for line in drifted(service, admin_url)]
        content = squawked(home)
    if lines:
        sys.stderr.write("\n".join(lines) + "\n")
    if lines or not content:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
