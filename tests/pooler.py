"""A PgBouncer in transaction mode, where it is installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import psycopg
import pytest
import sqlalchemy as sa

from tests.databases import ServiceUrls
from tests.ports import free_ports
from tests.world.waiting import until

PGBOUNCER: Final = shutil.which("pgbouncer") or ""
where_it_is_installed = pytest.mark.skipif(not PGBOUNCER, reason="pgbouncer is not installed")

_CONFIGURATION: Final = """
[databases]
* = host={host} port={port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {listen}
unix_socket_dir =
auth_type = plain
auth_file = {folder}/users
pool_mode = transaction
default_pool_size = {connections}
"""


@contextmanager
def pooled(service: str, direct: ServiceUrls, connections: int) -> Iterator[ServiceUrls]:
    """The service's URLs through a pooler with so many server connections for each role."""
    folder = Path(tempfile.mkdtemp(prefix="respite-test-"))
    folder.chmod(0o755)
    url = sa.make_url(direct.admin)
    [listen] = free_ports(1)
    (folder / "pgbouncer.ini").write_text(
        _CONFIGURATION.format(
            host=url.host, port=url.port, listen=listen, folder=folder, connections=connections
        )
    )
    (folder / "users").write_text(
        f'"{service}_writer" "writer-secret"\n"{service}_reader" "reader-secret"\n'
    )
    becomes = ["-u", "nobody"] if os.geteuid() == 0 else []
    command = [PGBOUNCER, "-q", *becomes, str(folder / "pgbouncer.ini")]
    running = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    urls = ServiceUrls.of(service, url.set(port=listen).render_as_string(hide_password=False))

    def answers() -> bool:
        try:
            psycopg.connect(urls.reader).close()
        except psycopg.OperationalError:
            return False
        return True

    try:
        until(answers, "the pooler to answer")
        yield urls
    finally:
        running.terminate()
        running.wait(60)
        shutil.rmtree(folder)
