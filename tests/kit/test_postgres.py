from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from kit.database import Database
from kit.migrations import migrate
from kit.postgres import STOP_TIMEOUT, EmbeddedPostgres, PostgresStartError
from kit.refusals import StoreUnavailable
from tests.databases import FAST, ServiceUrls
from tests.kit.toys.notes.tables import notes

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
PROGRAM = """
import sys, time
from pathlib import Path
from kit.postgres import EmbeddedPostgres
server = EmbeddedPostgres(Path(sys.argv[1]))
print(server.start(0), server.pid, flush=True)
time.sleep(60)
"""


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder that every user may enter, which pytest's own is not."""
    folder = Path(tempfile.mkdtemp(prefix="respite-test-"))
    folder.chmod(0o711)
    yield folder / "pg"
    shutil.rmtree(folder)


def value_in(url: str, query: str) -> object:
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(query.encode())
        row = cursor.fetchone() if cursor.description else None
    return None if row is None else row[0]


def waits_until(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 60
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def is_running(pid: int) -> bool:
    """Whether a process that is no child of ours runs (or nobody has waited for it)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except FileNotFoundError:
        return False


def test_a_server_keeps_its_data_and_its_password_over_a_restart(home: Path) -> None:
    with EmbeddedPostgres(home) as server:
        url = server.start(0)
        assert sa.make_url(url).database == "respite"
        value_in(url, "CREATE TABLE t AS SELECT 7 AS n")
        assert value_in(url, "SHOW fsync") == "on"
        assert value_in(url, "SHOW timezone") == "UTC"
    assert server.pid is None
    with EmbeddedPostgres(home, FAST) as server:
        url = server.start(sa.make_url(url).port or 0)
        assert value_in(url, "SELECT n FROM t") == 7
        assert value_in(url, "SHOW fsync") == "off"


def test_the_password_is_asked_for_and_kept_from_others(home: Path) -> None:
    with EmbeddedPostgres(home, FAST) as server:
        url = sa.make_url(server.start(0))
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(url.set(password="guess").render_as_string(hide_password=False))
        secret = home / "password"
        assert (secret.read_text(), secret.stat().st_mode & 0o777) == (url.password, 0o600)
        assert (home / "data").stat().st_mode & 0o777 == 0o700


def test_stopping_is_quick_with_clients_connected_and_harmless_when_stopped(home: Path) -> None:
    server = EmbeddedPostgres(home, FAST)
    server.stop()
    with psycopg.connect(server.start(0)) as client:
        begun = time.monotonic()
        server.stop()
        server.stop()
        assert time.monotonic() - begun < STOP_TIMEOUT
        with pytest.raises(psycopg.OperationalError):
            client.execute("SELECT 1")


def test_a_server_that_was_killed_comes_back_with_every_committed_row(home: Path) -> None:
    server = EmbeddedPostgres(home)
    url = server.start(0)
    value_in(url, "CREATE TABLE t AS SELECT 7 AS n")
    with psycopg.connect(url, autocommit=True) as client:
        client.execute("SELECT 1")
        assert server.pid is not None
        os.kill(server.pid, signal.SIGKILL)
        assert (home / "data" / "postmaster.pid").exists()
        with EmbeddedPostgres(home) as again:
            looks: list[int | None] = []
            url = again.start(0, meanwhile=lambda: looks.append(again.pid))
            assert value_in(url, "SELECT n FROM t") == 7
            # Whoever waits need not stand still: it was called beside the server that recovers.
            assert set(looks) == {again.pid}
    server.stop()


def test_a_killed_server_whose_client_still_works_comes_back_when_that_ends(home: Path) -> None:
    server = EmbeddedPostgres(home)
    url = server.start(0)
    # a loop without a moment in which the backend would notice that its server is gone
    busy = "SELECT count(*) FROM generate_series(1, 3000) a, generate_series(1, 3000) b"
    with ThreadPoolExecutor(1) as threads:
        counting = threads.submit(value_in, url, busy)
        running = "SELECT count(*) FROM pg_stat_activity WHERE state = 'active'"
        assert waits_until(lambda: value_in(url, running) == 2)
        assert server.pid is not None
        os.kill(server.pid, signal.SIGKILL)
        with EmbeddedPostgres(home) as again:
            assert value_in(again.start(0), "SELECT 1") == 1
        assert counting.result() == 9_000_000
        assert "pre-existing shared memory" in (home / "postgres.log").read_text()
    server.stop()


def test_a_lock_file_whose_process_id_is_somebody_elses_by_now_does_not_matter(home: Path) -> None:
    with EmbeddedPostgres(home, FAST) as server:
        server.start(0)
        left = (home / "data" / "postmaster.pid").read_text().splitlines()
    bystander = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    left[0] = str(bystander.pid)
    (home / "data" / "postmaster.pid").write_text("\n".join(left) + "\n")
    try:
        with EmbeddedPostgres(home, FAST) as server:
            assert value_in(server.start(0), "SELECT 1") == 1
    finally:
        bystander.communicate()


def test_data_in_use_are_refused_naming_the_process(home: Path) -> None:
    with EmbeddedPostgres(home, FAST) as server:
        url = server.start(0)
        with pytest.raises(PostgresStartError, match=f"in use .* process id {server.pid}, port"):
            EmbeddedPostgres(home, FAST).start(0)
        assert value_in(url, "SELECT 1") == 1


def test_a_taken_port_is_one_clear_error(home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(PostgresStartError) as failed:
            EmbeddedPostgres(home, FAST).start(port)
    assert str(failed.value) == f"port {port} on 127.0.0.1 is taken (Address already in use)"


def test_a_setting_that_the_server_refuses_is_told_in_its_words(home: Path) -> None:
    with pytest.raises(PostgresStartError, match="unrecognized configuration parameter"):
        EmbeddedPostgres(home, {"nonsense": "1"}).start(0)


def test_a_folder_with_something_else_in_it_is_left_alone(home: Path) -> None:
    (home / "data").mkdir(parents=True)
    (home / "data" / "thesis.txt").write_text("years of work")
    with pytest.raises(PostgresStartError, match="no PostgreSQL cluster"):
        EmbeddedPostgres(home).start(0)
    assert (home / "data" / "thesis.txt").read_text() == "years of work"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs PR_SET_PDEATHSIG")
def test_a_killed_parent_leaves_no_server_behind(home: Path) -> None:
    command = [sys.executable, "-c", PROGRAM, str(home)]
    parent = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert parent.stdout is not None
    pid = int(parent.stdout.readline().split()[1])
    assert is_running(pid)
    parent.kill()
    parent.communicate()
    assert waits_until(lambda: not is_running(pid))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to become another user")
def test_root_runs_the_server_as_another_user_and_changes_no_folders_permissions(
    home: Path,
) -> None:
    before = home.parent.stat().st_mode
    with EmbeddedPostgres(home, FAST) as server:
        server.start(0)
        assert Path(f"/proc/{server.pid}").stat().st_uid != 0
        assert (home / "data").stat().st_uid != 0
    assert home.parent.stat().st_mode == before


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to become another user")
def test_a_home_that_the_other_user_may_not_enter_is_replaced_by_a_folder_that_it_may(
    home: Path,
) -> None:
    closed = home / "closed"
    closed.mkdir(parents=True, mode=0o700)
    with EmbeddedPostgres(closed / "pg", FAST) as server:
        try:
            value_in(server.start(0), "CREATE TABLE t AS SELECT 7 AS n")
            assert not server.folder.is_relative_to(closed)
            assert closed.stat().st_mode & 0o777 == 0o700
            server.stop()
            again = EmbeddedPostgres(closed / "pg", FAST)
            assert value_in(again.start(0), "SELECT n FROM t") == 7
            again.stop()
        finally:
            shutil.rmtree(server.folder)


def test_a_database_that_restarts_is_unavailable_and_then_back_without_a_lost_call(
    home: Path,
) -> None:
    server = EmbeddedPostgres(home, FAST)
    urls = ServiceUrls.of("notes", server.start(0))
    port = sa.make_url(urls.admin).port or 0
    migrate("notes", Path(__file__).parent / "toys" / "notes", urls.admin, urls.writer, urls.reader)
    database = Database("notes", urls.writer, urls.reader)
    count = sa.select(sa.func.count()).select_from(notes)

    def add(words: str) -> object:
        with database.writer() as db:
            db.execute(sa.insert(notes).values(words=words))
        with database.reader() as db:
            return db.scalar(count)

    assert add("one") == 1
    server.stop()
    assert not database.ping()
    with pytest.raises(StoreUnavailable), database.reader() as db:
        db.scalar(count)
    with pytest.raises(StoreUnavailable):
        add("two")
    server.start(port)
    assert add("two") == 2
    server.stop()
    server.start(port)
    assert add("three") == 3
    database.dispose()
    server.stop()
