from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from kit.database import Database
from tests.databases import Databases, ServiceUrls
from tests.kit.toys.notes.tables import notes

PGBOUNCER = shutil.which("pgbouncer") or ""
CONFIGURATION = """
[databases]
* = host={host} port={port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {listen}
unix_socket_dir =
auth_type = plain
auth_file = {folder}/users
pool_mode = transaction
default_pool_size = 1
"""
COUNT = sa.select(sa.func.count()).select_from(notes)


@pytest.fixture(scope="module")
def direct(databases: Databases) -> ServiceUrls:
    return databases.add("notes", Path(__file__).parent / "toys" / "notes")


@pytest.fixture(scope="module")
def pooled(direct: ServiceUrls) -> Iterator[ServiceUrls]:
    """URLs of a PgBouncer with one server connection per role, in transaction mode."""
    folder = Path(tempfile.mkdtemp(prefix="respite-test-"))
    folder.chmod(0o755)
    url = sa.make_url(direct.admin)
    listen = (url.port or 0) + 1
    configuration = CONFIGURATION.format(host=url.host, port=url.port, listen=listen, folder=folder)
    (folder / "pgbouncer.ini").write_text(configuration)
    (folder / "users").write_text(
        '"notes_writer" "writer-secret"\n"notes_reader" "reader-secret"\n'
    )
    command = [PGBOUNCER, "-q", "-u", "nobody", str(folder / "pgbouncer.ini")]
    pooler = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    urls = ServiceUrls.of("notes", url.set(port=listen).render_as_string(hide_password=False))
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            psycopg.connect(urls.reader).close()
            break
        except psycopg.OperationalError:
            time.sleep(0.05)
    yield urls
    pooler.terminate()
    pooler.wait(10)
    shutil.rmtree(folder)


@pytest.mark.skipif(not PGBOUNCER, reason="pgbouncer is not installed")
def test_readers_and_writers_share_a_pooler_in_transaction_mode(pooled: ServiceUrls) -> None:
    databases = [Database("notes", pooled.writer, pooled.reader) for _ in range(3)]
    for turn in range(20):
        for database in databases:
            with database.writer() as db:
                db.execute(sa.insert(notes).values(words=f"{turn} {id(database)}"))
            with database.reader() as reader:
                reader.rows(sa.select(notes).where(notes.c.stars == turn))
                assert reader.scalar(sa.text("SHOW default_transaction_read_only")) == "on"
                assert reader.scalar(sa.text("SHOW lock_timeout")) == "2s"
    with databases[0].reader() as one, databases[1].reader() as two:
        assert one.scalar(COUNT) == two.scalar(COUNT) == 60
    for database in databases:
        database.dispose()
