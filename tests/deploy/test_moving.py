"""Two PostgreSQL servers: services move to the second with the commands of docs/scaling.md."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from kit.postgres import EmbeddedPostgres
from kit.postgres_place import binaries, unprivileged_user
from respite.home import CHECKOUT
from tests.databases import FAST, SERVICES, DatabaseServer, ServiceUrls, home_of_server
from tests.docs.markdown import Document
from tests.world.world import World

pytestmark = pytest.mark.slow

PAGE = Document.read(CHECKOUT / "docs" / "scaling.md")
MOVED = ("conversation", "jobs")


@pytest.fixture
def second_server() -> Iterator[str]:
    """The superuser's URL of an empty database on a server of its own."""
    with home_of_server() as home, EmbeddedPostgres(home, FAST) as server:
        yield server.start(0)


def follow_the_page(
    old: Mapping[str, ServiceUrls], new: Mapping[str, ServiceUrls], folder: Path
) -> None:
    """Runs its commands as printed, those that name the service once for each that moves."""
    [block] = [
        block
        for block in PAGE.section("A service on a server of its own").blocks("sh")
        if "pg_dump" in block.content
    ]
    lines: list[str] = []
    for line in block.commands:
        moved = MOVED if "conversation" in line else MOVED[:1]
        for service in moved:
            told = line.replace("conversation", service).replace("$OLD_URL", old[service].admin)
            told = told.replace("$NEW_URL", new[service].admin)
            lines.append(told.replace("bin/respite", str(CHECKOUT / "bin" / "respite")))
    environment = {
        "PATH": f"{binaries(unprivileged_user())}:{os.environ['PATH']}",
        "HOME": os.environ["HOME"],
        "RESPITE_HOME": str(folder / "home"),
    }
    for name, urls in new.items():
        environment |= {
            f"{name.upper()}_ADMIN_DATABASE_URL": urls.admin,
            f"{name.upper()}_DATABASE_URL": urls.writer,
            f"{name.upper()}_READER_DATABASE_URL": urls.reader,
        }
    done = subprocess.run(
        ["sh", "-eux", "-c", "\n".join(lines)],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("every schema is at its newest version") == 2


def test_services_move_to_a_second_server_with_what_they_know_and_the_line_goes_on(
    postgres: DatabaseServer, second_server: str, tmp_path: Path
) -> None:
    with ExitStack() as closing:
        world = World(postgres)
        closing.callback(world.close)
        phone = world.new_number()
        world.texts(phone, "hello")
        world.receives(phone)
        world.rests()
        before = world.transcript(phone)
        done = [job.key for job in world.jobs_of_type("send_answer")]

        with world.off(back_after=timedelta(0)):
            old = {name: world.databases[name] for name in SERVICES}
            new = old | {name: ServiceUrls.of(name, second_server) for name in MOVED}
            follow_the_page(old, new, tmp_path)
            for service in MOVED:
                world.databases.put(service, new[service])
                postgres.drop(old[service].admin)

        assert world.transcript(phone) == before
        assert [job.key for job in world.jobs_of_type("send_answer")] == done
        world.texts(phone, "are you still there?")
        world.receives(phone, 2)
        world.rests()
        assert [message.sequence for message in world.transcript(phone)] == [1, 2, 3, 4]
    for service in MOVED:
        with (
            psycopg.connect(ServiceUrls.of(service, second_server).reader) as reader,
            pytest.raises(psycopg.errors.ReadOnlySqlTransaction),
        ):
            reader.execute(f"DELETE FROM {service}.audit_records".encode())
