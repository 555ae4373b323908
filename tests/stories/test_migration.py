"""People move here from one wide table, as docs/migration.md has it, and back again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from protos.billing.v1 import billing_pb2 as billing
from protos.identity.v1 import identity_pb2 as identity
from protos.identity.v1.identity_pb2_grpc import IdentityServiceStub
from protos.jobs.v1 import jobs_pb2 as jobs
from protos.profile.v1 import profile_pb2 as profile
from tests.databases import DatabaseServer
from tests.docs.markdown import ROOT, Document
from tests.stories.test_import import customer_of_nobody, imports
from tests.world.world import World

pytestmark = pytest.mark.slow

OUT = profile.SmsConsent.SMS_CONSENT_OPTED_OUT
STARTS_TEXTS = ("send_check_in", "reactivate", "follow_up_crisis")

PAGE = Document.read(ROOT / "docs" / "migration.md")
TABLE, EXPORT, CAME_BACK, TAKE_BACK, TAKE_NEW = (block.content for block in PAGE.blocks("sql"))


class OldSystem:
    """One wide table, and who looks after it."""

    def __init__(self, url: str, folder: Path) -> None:
        self._database = psycopg.connect(url, autocommit=True)
        self._path = folder / "people.csv"
        self.run(TABLE)

    def run(self, statement: str, *values: object) -> None:
        self._database.execute(statement.encode(), values or None)

    def has(self, phone: str, first_name: str, **more: object) -> None:
        """A row more."""
        row = {"phone": phone, "first_name": first_name, **more}
        places = ", ".join(["%s"] * len(row))
        self.run(f"INSERT INTO people ({', '.join(row)}) VALUES ({places})", *row.values())

    def exports(self) -> Path:
        """The file, by the statement of the page."""
        with self._database.cursor().copy(EXPORT.encode()) as copied:
            self._path.write_bytes(b"".join(bytes(part) for part in copied))
        return self._path

    def rows(self) -> dict[str, tuple[str, bool, bool]]:
        """Name, whether they may use the line and whether they are out, by phone."""
        found = self._database.execute(
            "SELECT phone, first_name, may_use_the_line, opted_out FROM people ORDER BY updated_at"
        )
        return {phone: (name, may, out) for phone, name, may, out in found}

    def close(self) -> None:
        self._database.close()


@pytest.fixture
def old(postgres: DatabaseServer, tmp_path: Path) -> Iterator[OldSystem]:
    url = postgres.create("wide")
    system = OldSystem(url, tmp_path)
    yield system
    system.close()
    postgres.drop(url)


def seen_from_here(world: World, phone: str) -> tuple[str, bool, bool]:
    """The dual read: what the old system asks for, field by field."""
    known = world.profile_of(phone)
    access = billing.GetAccessRequest(user_id=known.user_id)
    granted = world.operator_billing.GetAccess(access).access.granted
    return known.first_name, granted, known.sms_consent == OUT


def test_people_move_from_a_wide_table_and_back_without_a_lost_opt_out(
    world: World, old: OldSystem
) -> None:
    ana, ben, cleo, dora, eve = (world.new_number() for _ in range(5))
    paid = customer_of_nobody(world, ana)
    old.has(ana, "Ana", stripe_customer_id=paid["customer"], may_use_the_line=True)
    old.has(ben, "Benjamin", opted_out=True, opted_out_at="2025-03-14T09:30:00Z")
    old.has(ben, "Ben", updated_at="2100-01-01")  # the newer of two rows, which is not out
    old.has(cleo, "Cleo", opted_out=True)
    old.has(dora, "Dora", time_zone="America/Chicago")

    # Rehearse and backfill: nothing is answered or sent, because no worker runs.
    world.parts.stop_worker()
    rehearsed = imports(world, old.exports(), "--dry-run")
    assert (rehearsed.returncode, rehearsed.stdout) == (0, "4 good, 0 refused\n")
    assert not world.is_known(dora)
    assert imports(world, old.exports()).stdout == "4 imported, 0 refused\n"

    # The old system goes on: what changes there comes with the next export.
    old.run("UPDATE people SET first_name = 'Dorothea' WHERE phone = %s", dora)
    assert imports(world, old.exports(), "--overwrite").returncode == 0

    # Dual read: every difference has an explanation. The older of Ben's rows opted him out.
    was = old.rows() | {ben: ("Ben", False, True)}
    assert {phone: seen_from_here(world, phone) for phone in was} == was

    # Cut over: texts come here, and are answered from here; nobody is welcomed as new.
    world.parts.start_worker()
    world.texts(ana, "hello")
    [answer] = world.receives(ana)
    assert "subscribed" not in answer.body
    world.texts(cleo, "START")
    world.texts(dora, "STOP")
    world.texts(eve, "hello")
    for number in (cleo, dora, eve):
        world.receives(number)
    # The last export fills what came in between, and takes back nothing that was said here.
    old.run("UPDATE people SET opted_out = true WHERE phone = %s", ana)
    assert imports(world, old.exports()).returncode == 0
    outs = [phone for phone in (ana, ben, cleo, dora) if seen_from_here(world, phone)[2]]
    assert outs == [ana, ben, dora]

    _back_again(world, old, (ana, ben, cleo, dora, eve))
    assert {phone: row[2] for phone, row in old.rows().items()} == {
        ana: True, ben: True, cleo: False, dora: True, eve: False,
    }  # fmt: skip


def _back_again(world: World, old: OldSystem, ours: tuple[str, ...]) -> None:
    """The page's way back: nothing starts texts, the queue is empty, then what was said here."""
    for name in STARTS_TEXTS:
        world.jobs.PauseType(jobs.PauseTypeRequest(type=name))
    try:
        world.rests()
        world.parts.stop_worker()
        old.run(CAME_BACK)
        users = IdentityServiceStub(world.channel_as("identity", "operator"))
        request = identity.ListUsersRequest(show_phone_numbers=True, page_size=1000)
        for user in users.ListUsers(request).users:
            if user.phone_number not in ours:  # of other stories
                continue
            known = world.profile_of(user.phone_number)
            row = (user.phone_number, known.first_name, known.sms_consent == OUT)
            old.run("INSERT INTO came_back VALUES (%s, %s, %s)", *row)
        old.run(TAKE_BACK)
        old.run(TAKE_NEW)
    finally:
        world.parts.start_worker()
        for name in STARTS_TEXTS:
            world.jobs.ResumeType(jobs.ResumeTypeRequest(type=name))
