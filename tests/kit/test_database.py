from __future__ import annotations

import threading
import traceback
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from prometheus_client import CollectorRegistry
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import make_url
from sqlalchemy.exc import DBAPIError, IntegrityError, ProgrammingError

from kit.database import Database, DbReader, DbWriter
from kit.database_telemetry import measure_database
from kit.pool import ATTEMPTS, conninfo, driver_url
from kit.refusals import StoreUnavailable
from tests.databases import Databases, DatabaseServer, ServiceUrls
from tests.kit.toys.notes.tables import notes
from tests.kit.wire import Wire

TOYS = Path(__file__).parent / "toys"
FORBIDDEN = [
    sa.insert(notes).values(words="mine"),
    sa.update(notes).values(words="mine"),
    sa.delete(notes),
    sa.text("TRUNCATE notes.notes"),
    sa.text("CREATE TABLE notes.mine ()"),
    sa.text("CREATE TEMPORARY TABLE mine ()"),
    sa.text("SELECT nextval('notes.notes_id_seq')"),
    sa.text("SELECT * FROM notes.notes FOR UPDATE"),
]
ALL_WORDS = sa.select(notes.c.words).order_by(notes.c.id)


@pytest.fixture(scope="module")
def urls(databases: Databases) -> ServiceUrls:
    return databases.add("notes", TOYS / "notes")


@pytest.fixture(autouse=True)
def empty(urls: ServiceUrls, databases: Databases) -> None:
    databases.truncate("notes")


@pytest.fixture
def database(urls: ServiceUrls) -> Iterator[Database]:
    made = Database("notes", urls.writer, urls.reader)
    yield made
    made.dispose()


def write(db: DbWriter, *words: str) -> int:
    return db.execute(sa.insert(notes), [{"words": word} for word in words])


def words_in(database: Database) -> list[str]:
    with database.reader() as db:
        return [row.words for row in db.rows(ALL_WORDS)]


def test_what_a_writer_wrote_is_there_when_its_block_ends(database: Database) -> None:
    with database.writer() as db:
        assert write(db, "one", "two") == 2
        assert words_in(database) == []
    assert words_in(database) == ["one", "two"]


def test_an_exception_undoes_the_whole_block(database: Database) -> None:
    def work() -> None:
        with database.writer() as db:
            write(db, "one")
            raise KeyError

    with pytest.raises(KeyError):
        work()
    assert words_in(database) == []


def test_rows_row_and_scalar_say_what_there_is_and_what_there_is_not(database: Database) -> None:
    with database.writer() as db:
        write(db, "one", "two")
        stmt = sa.text("SELECT words, stars FROM notes.notes WHERE words = :words")
        assert db.row(stmt, {"words": "two"}) == ("two", 0)
        assert db.row(stmt, {"words": "three"}) is None
        assert db.scalar(stmt, {"words": "one"}) == "one"
        assert db.scalar(stmt, {"words": "three"}) is None
        assert [row.words for row in db.rows(ALL_WORDS)] == ["one", "two"]


def test_execute_tells_how_many_rows_it_touched(database: Database) -> None:
    with database.writer() as db:
        assert db.execute(sa.insert(notes).values(words="one")) == 1
        assert write(db, "two", "three") == 2
        assert db.execute(sa.update(notes).values(stars=1)) == 3
        assert db.execute(sa.delete(notes).where(notes.c.words == "four")) == 0
        stmt = sa.insert(notes).values(words="five").returning(notes.c.stars)
        assert db.scalar(stmt) == 0


@pytest.mark.parametrize("stmt", FORBIDDEN, ids=str)
def test_postgresql_refuses_a_reader_everything_but_reading(
    database: Database, stmt: sa.Executable
) -> None:
    with database.reader() as db, pytest.raises(DBAPIError) as refused:
        db.rows(stmt)
    assert getattr(refused.value.orig, "sqlstate", "") in ("25006", "42501")
    assert words_in(database) == []


@pytest.mark.parametrize("stmt", FORBIDDEN, ids=str)
def test_a_reader_that_leaves_read_only_mode_still_has_no_rights(
    urls: ServiceUrls, stmt: sa.ClauseElement
) -> None:
    text = str(stmt.compile(dialect=driver_url(urls.reader).get_dialect()()))
    with psycopg.connect(urls.reader, autocommit=True) as connection:
        connection.execute("SET default_transaction_read_only = off")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(text.encode(), {"words": "mine", "stars": 0})


def test_a_writer_may_not_change_the_schema(database: Database) -> None:
    for ddl in ("DROP TABLE notes.notes", "CREATE TABLE notes.mine ()", "CREATE SCHEMA mine"):
        with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"):
            database.transact(partial(DbWriter.execute, stmt=sa.text(ddl)))


def test_limits_stand_on_the_roles(database: Database) -> None:
    with database.reader() as reader, database.writer() as writer:
        for db, read_only in ((reader, "on"), (writer, "off")):
            assert db.scalar(sa.text("SHOW default_transaction_read_only")) == read_only
            assert db.scalar(sa.text("SHOW lock_timeout")) == "2s"
            assert db.scalar(sa.text("SHOW statement_timeout")) == "10s"
            assert db.scalar(sa.text("SHOW idle_in_transaction_session_timeout")) == "15s"
            assert db.scalar(sa.text("SHOW jit")) == "off"
            assert db.scalar(sa.text("SHOW transaction_isolation")) == "read committed"
            assert db.scalar(sa.text("SELECT now()")).utcoffset().total_seconds() == 0


def test_a_read_costs_one_round_trip_and_a_write_adds_begin_and_commit(urls: ServiceUrls) -> None:
    with Wire(urls.reader) as reads, Wire(urls.writer) as writes:
        database = Database("notes", writes.url, reads.url)
        assert database.ping()
        reads.round_trips = writes.round_trips = 0
        for _ in range(5):
            with database.reader() as db:
                db.rows(ALL_WORDS)
                db.row(sa.select(notes).where(notes.c.id == 1))
        assert (reads.round_trips, reads.connections) == (10, 1)
        with database.writer() as db:
            db.execute(sa.update(notes).values(stars=0))
        with database.writer():
            pass
        assert (writes.round_trips, writes.connections) == (3, 1)
        database.dispose()


def test_lists_come_from_the_replica_where_there_is_one(
    urls: ServiceUrls, postgres: DatabaseServer
) -> None:
    replica = postgres.clone("notes", TOYS / "notes")
    database = Database("notes", urls.writer, urls.reader, replica.reader)
    name = sa.text("SELECT current_database()")
    with database.reader() as primary, database.list_reader() as other:
        assert primary.scalar(name) == sa.make_url(urls.reader).database
        assert other.scalar(name) == sa.make_url(replica.reader).database
    database.dispose()
    postgres.drop(replica.admin)


def test_idle_connections_that_were_cut_are_replaced_unnoticed(urls: ServiceUrls) -> None:
    with Wire(urls.reader) as reads, Wire(urls.writer) as writes:
        database = Database("notes", writes.url, reads.url)
        assert database.ping()
        reads.cut()
        writes.cut()
        assert words_in(database) == []
        with database.writer() as db:
            assert write(db) == 0
            db.rows(ALL_WORDS)
        assert (reads.connections, writes.connections) == (2, 2)
        database.dispose()


def test_a_read_that_lost_its_connection_is_asked_again(urls: ServiceUrls) -> None:
    with Wire(urls.reader) as reads:
        database = Database("notes", urls.writer, reads.url)
        with database.reader() as db:
            db.rows(ALL_WORDS)
            reads.cut()
            assert db.rows(ALL_WORDS) == []
        database.dispose()


def test_a_write_that_lost_its_connection_is_unavailable_and_undone(urls: ServiceUrls) -> None:
    with Wire(urls.writer) as writes:
        database = Database("notes", writes.url, urls.reader)

        def work() -> None:
            with database.writer() as db:
                write(db, "one")
                writes.cut()
                write(db, "two")

        with pytest.raises(StoreUnavailable):
            work()
        assert words_in(database) == []
        database.dispose()


@pytest.mark.parametrize("kind", ["reader", "list_reader", "writer"])
def test_a_database_that_cannot_be_reached_is_unavailable(kind: str) -> None:
    url = "postgresql://nobody:secret@127.0.0.1:1/none"
    database = Database("notes", url, url)
    assert not database.ping()
    with pytest.raises(StoreUnavailable), getattr(database, kind)():
        pass
    with pytest.raises(StoreUnavailable):
        database.transact(lambda db: db.rows(ALL_WORDS))


def test_a_pool_without_a_free_connection_is_unavailable(
    urls: ServiceUrls, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kit.pool.POOL_TIMEOUT", 0.05)
    database = Database("notes", urls.writer, urls.reader, pool_size=1)
    registry = CollectorRegistry()
    measure_database(database, registry)

    def told(name: str, **labels: str) -> float | None:
        return registry.get_sample_value(f"respite_database_{name}", {"database": "notes"} | labels)

    with database.writer():
        with pytest.raises(StoreUnavailable), database.writer():
            pass
        assert told("connections", pool="writer", state="in_use") == 1
    assert told("connections", pool="writer", state="idle") == 1
    assert told("connections_limit", pool="writer") == 1
    assert told("unavailable_total") == 1
    database.dispose()


def test_a_faulty_statement_is_no_outage(database: Database) -> None:
    with pytest.raises(ProgrammingError), database.reader() as db:
        db.rows(sa.text("SELECT nonsense"))
    assert words_in(database) == []


def test_an_error_never_quotes_a_row(database: Database) -> None:
    number = "+1202555" + "0101"
    with pytest.raises(IntegrityError) as failed, database.writer() as db:
        write(db, number, number)
    told = "".join(traceback.format_exception(failed.value))
    assert "notes_by_words" in told
    assert number not in told


@pytest.mark.parametrize("state", ["40001", "40P01", "55P03"])
def test_transact_runs_the_whole_again_where_the_server_undid_it(
    database: Database, state: str
) -> None:
    attempts = []

    def work(db: DbWriter) -> int:
        attempts.append(write(db, "one"))
        if len(attempts) < ATTEMPTS:
            db.execute(sa.text(f"DO $$BEGIN RAISE EXCEPTION USING ERRCODE = '{state}'; END$$"))
        return len(attempts)

    assert database.transact(work) == ATTEMPTS
    assert words_in(database) == ["one"]


def test_transact_gives_up_as_unavailable_and_leaves_nothing(database: Database) -> None:
    attempts = []

    def work(db: DbWriter) -> None:
        attempts.append(write(db, "one"))
        db.execute(sa.text("DO $$BEGIN RAISE EXCEPTION USING ERRCODE = '40001'; END$$"))

    with pytest.raises(StoreUnavailable):
        database.transact(work)
    assert (len(attempts), words_in(database)) == (ATTEMPTS, [])


def test_transact_does_not_go_on_when_its_caller_is_gone(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kit.database.RETRY_FOR", -1.0)
    attempts = []

    def work(db: DbWriter) -> None:
        attempts.append(1)
        db.execute(sa.text("DO $$BEGIN RAISE EXCEPTION USING ERRCODE = '55P03'; END$$"))

    with pytest.raises(StoreUnavailable):
        database.transact(work)
    assert attempts == [1]


def test_transact_runs_once_what_would_fail_again(database: Database) -> None:
    attempts = []

    def work(db: DbWriter) -> None:
        attempts.append(1)
        write(db, "one", "one")

    with pytest.raises(IntegrityError):
        database.transact(work)
    assert (len(attempts), words_in(database)) == (1, [])


def test_two_transactions_that_deadlock_both_succeed(database: Database) -> None:
    with database.writer() as db:
        write(db, "a", "b")
    both_hold_one = threading.Barrier(2, timeout=60)

    def star(first: str, second: str) -> None:
        tries = []

        def work(db: DbWriter) -> None:
            tries.append(first)
            for word in (first, second):
                stmt = sa.update(notes).values(stars=notes.c.stars + 1).where(notes.c.words == word)
                db.execute(stmt)
                if word == first and len(tries) == 1:
                    both_hold_one.wait()

        database.transact(work)

    threads = [threading.Thread(target=star, args=pair) for pair in (("a", "b"), ("b", "a"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    with database.reader() as reader:
        assert [row.stars for row in reader.rows(sa.select(notes.c.stars))] == [2, 2]


def test_a_demoted_primary_is_left(urls: ServiceUrls) -> None:
    with Wire(urls.writer) as writes:
        database = Database("notes", writes.url, urls.reader)

        def work(db: DbWriter) -> None:
            db.execute(sa.text("SET TRANSACTION READ ONLY"))
            write(db, "one")

        with pytest.raises(StoreUnavailable):
            database.transact(work)
        assert database.ping()
        assert writes.connections == 2
        database.dispose()


def test_a_reader_has_no_way_to_write() -> None:
    assert not hasattr(DbReader, "execute")
    assert issubclass(DbWriter, DbReader)


@pytest.mark.parametrize(
    "url",
    [
        "mysql://u:s3cret@h/d",
        "s3cret",
        "postgresql+asyncpg://u:s3cret@h/d",
        "postgres//u:s3cret@h/d",
        "postgresql://u:s3cret@h:port/d",
    ],
)
def test_only_postgresql_urls_are_taken_and_errors_hide_the_password(url: str) -> None:
    with pytest.raises(ValueError, match="postgresql://") as refused:
        driver_url(url)
    assert "s3cret" not in "".join(traceback.format_exception(refused.value))


def test_libpq_is_given_what_the_pool_reads() -> None:
    url = "postgres://u:s3/%cr@t@h:6432/d?sslmode=require"
    read = conninfo_to_dict(conninfo(url))
    expected = make_url(url).translate_connect_args(username="user", database="dbname")
    assert read == {**expected, "port": "6432", "sslmode": "require"}
