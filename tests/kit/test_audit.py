from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
import sqlalchemy as sa

from kit.access import Caller, CurrentCall, calling
from kit.audit_trail import AuditRecord, list_records
from kit.database import Database, DbWriter
from kit.paging import Page
from kit.refusals import StoreUnavailable
from tests.databases import Databases, ServiceUrls
from tests.kit.toys.notes.tables import audit_records, notes

ADD_NOTE = sa.insert(notes).values(words="a text that is nobody's business")
GET, PUT = "/notes.v1.NotesService/GetNote", "/notes.v1.NotesService/PutNote"
NOTE_COUNT = sa.select(sa.func.count()).select_from(notes)


@pytest.fixture(scope="module")
def urls(databases: Databases) -> ServiceUrls:
    return databases.add("notes", Path(__file__).parent / "toys" / "notes")


@pytest.fixture
def database(urls: ServiceUrls, databases: Databases) -> Iterator[Database]:
    databases.truncate("notes")
    made = Database("notes", urls.writer, urls.reader, audit=audit_records)
    yield made
    made.dispose()


def operator_call(
    method: str = PUT, subject: str = "", name: str = "u1", *, audit: bool = False
) -> CurrentCall:
    return CurrentCall(Caller("user", name), method, subject, audit)


def records(database: Database, *, caller: str = "", subject: str = "") -> list[AuditRecord]:
    with database.reader() as db:
        found, _ = list_records(db, audit_records, Page(100), caller=caller, subject=subject)
    return list(found)


def count(database: Database) -> int:
    with database.reader() as db:
        return int(db.scalar(NOTE_COUNT))


def test_an_operators_write_leaves_one_record_that_says_who_what_when_and_whom(
    database: Database,
) -> None:
    subject = str(uuid4())
    with calling(operator_call(subject=subject)), database.writer() as db:
        db.execute(ADD_NOTE)
        db.execute(sa.update(notes).values(stars=1))
        db.note("stars=1")
    (record,) = records(database)
    assert (record.caller, record.method) == ("respite://user/u1", PUT)
    assert (record.subject, record.detail) == (subject, "stars=1")
    assert abs(datetime.now(UTC) - record.create_time) < timedelta(minutes=1)


def test_a_write_that_is_undone_leaves_no_record(database: Database) -> None:
    def work(db: DbWriter) -> None:
        db.execute(ADD_NOTE)
        raise KeyError

    with pytest.raises(KeyError), calling(operator_call()):
        database.transact(work)
    assert (records(database), count(database)) == ([], 0)


def test_a_transaction_that_ran_again_leaves_one_record(database: Database) -> None:
    attempts = []

    def work(db: DbWriter) -> None:
        attempts.append(db.execute(ADD_NOTE))
        if len(attempts) < 3:
            db.execute(sa.text("DO $$BEGIN RAISE EXCEPTION USING ERRCODE = '40001'; END$$"))

    with calling(operator_call()):
        database.transact(work)
    assert (len(attempts), len(records(database)), count(database)) == (3, 1, 1)


def test_a_write_whose_record_cannot_be_stored_does_not_happen(
    database: Database, urls: ServiceUrls
) -> None:
    with psycopg.connect(urls.admin, autocommit=True) as admin:
        admin.execute("ALTER TABLE notes.audit_records RENAME TO hidden")
        try:
            with (
                pytest.raises(sa.exc.ProgrammingError),
                calling(operator_call()),
                database.writer() as db,
            ):
                db.execute(ADD_NOTE)
        finally:
            admin.execute("ALTER TABLE notes.hidden RENAME TO audit_records")
    assert count(database) == 0


def test_services_and_processes_without_a_caller_leave_no_record(database: Database) -> None:
    service = CurrentCall(Caller("service", "worker"), PUT, "", audit=True)
    with calling(service), database.writer() as db:
        db.execute(ADD_NOTE)
    with database.writer() as db:
        db.execute(sa.update(notes).values(stars=1))
    with calling(service):
        count(database)
    assert records(database) == []


def test_an_operators_plain_read_leaves_no_record(database: Database) -> None:
    with calling(operator_call(GET)), database.reader() as db:
        db.rows(sa.select(notes))
    assert records(database) == []


@pytest.mark.parametrize("kind", ["reader", "list_reader"])
def test_an_operators_read_of_bodies_leaves_one_record_a_call(
    database: Database, kind: str
) -> None:
    for subject in ("first", "second"):
        with calling(operator_call(GET, subject, audit=True)):
            for _ in range(3):
                with getattr(database, kind)() as db:
                    db.rows(sa.select(notes))
    assert [(record.method, record.subject) for record in records(database)] == [
        (GET, "second"),
        (GET, "first"),
    ]


def test_bodies_are_not_read_where_the_record_cannot_be_stored(urls: ServiceUrls) -> None:
    gone = "postgresql://notes_writer:secret@127.0.0.1:1/none"
    database = Database("notes", gone, urls.reader, audit=audit_records)
    with pytest.raises(StoreUnavailable), calling(operator_call(GET, audit=True)):
        count(database)
    database.dispose()


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("+12025550101", "…"),
        ("twilio 2025550101", "twilio …"),
        ("(202) 555-0101", "(…"),
        ("+49 30 12345-67", "…"),
        ("nul\0", "nul"),
        ("x" * 300, "x" * 200),
        ("01890a5d-ac96-774b-bcce-b30209908057", "01890a5d-ac96-774b-bcce-b30209908057"),
        ("SM00000000000000000000000000000001", "SM00000000000000000000000000000001"),
        ("until=2026-11-23T07:00:00Z", "until=2026-11-23T07:00:00Z"),
    ],
)
def test_a_record_holds_ids_but_no_phone_number_and_no_long_text(
    database: Database, given: str, kept: str
) -> None:
    with calling(operator_call(subject=given)), database.writer() as db:
        db.note(given)
    (record,) = records(database)
    assert (record.subject, record.detail) == (kept, kept)


def test_records_are_listed_newest_first_page_by_page_and_by_whom_and_about_whom(
    database: Database,
) -> None:
    for number in range(7):
        with calling(operator_call(subject=f"s{number % 2}", name=f"u{number % 3}")):
            database.transact(lambda db: db.execute(sa.update(notes).values(stars=1)))
    seen: list[AuditRecord] = []
    token, pages = "", 0
    while pages == 0 or token:
        with database.reader() as db:
            found, token = list_records(db, audit_records, Page.parse(3, token))
        seen += found
        pages += 1
    assert (pages, len(seen)) == (3, 7)
    assert seen == sorted(seen, key=lambda record: record.record_id, reverse=True)
    assert [record.subject for record in seen] == ["s0", "s1", "s0", "s1", "s0", "s1", "s0"]
    assert len(records(database, subject="s1")) == 3
    assert len(records(database, caller="respite://user/u0")) == 3
    assert len(records(database, caller="respite://user/u0", subject="s1")) == 1


@pytest.mark.parametrize(
    "change", ["UPDATE {} SET caller = ''", "DELETE FROM {}", "TRUNCATE {}", "DROP TABLE {}"]
)
def test_the_trail_cannot_be_changed_by_the_service_itself(urls: ServiceUrls, change: str) -> None:
    with (
        psycopg.connect(urls.writer) as writer,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        writer.execute(change.format("notes.audit_records").encode())
