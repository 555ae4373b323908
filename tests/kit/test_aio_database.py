"""The event loop's own way to the database, against a real server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from psycopg import pq

from kit.aio_database import AsyncWriter
from kit.binary_arrays import (
    bigints,
    booleans,
    byteas,
    integers,
    intervals,
    jsonbs,
    moments,
    smallints,
    texts,
)
from kit.columns import TO_2000
from kit.pool import POOL_TIMEOUT
from kit.refusals import StoreUnavailable
from tests.databases import DatabaseServer

NOON = datetime(2026, 11, 25, 12, 0, 0, 123456, tzinfo=UTC)
LENGTH = timedelta(days=3, seconds=5, microseconds=7)

BACKEND = b"SELECT pg_backend_pid()"
LENGTHS = b"SELECT length(x) FROM unnest($1::bytea[]) AS x"
COLUMNS = (
    b"SELECT * FROM unnest($1::text[], $2::bytea[], $3::jsonb[], $4::timestamptz[], $5::bigint[],"
    b" $6::integer[], $7::smallint[], $8::boolean[], $9::interval[])"
    b" AS x (a, b, c, d, e, f, g, h, i)"
)


@pytest.fixture(scope="module")
def url(postgres: DatabaseServer) -> Iterator[str]:
    made = postgres.create("calls")
    with psycopg.connect(made, autocommit=True) as admin:
        admin.execute("CREATE SEQUENCE tries; CREATE TABLE kept (word text)")
        admin.execute(
            "CREATE FUNCTION fail(state text, times bigint) RETURNS bigint LANGUAGE plpgsql AS $$"
            " DECLARE n bigint := nextval('tries'); BEGIN INSERT INTO kept VALUES (state);"
            " IF n <= times THEN RAISE EXCEPTION USING ERRCODE = state; END IF; RETURN n; END $$"
        )
    yield made
    postgres.drop(made)


@pytest.fixture
def admin(url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute("TRUNCATE kept; SELECT setval('tries', 1, false)")
        yield admin


def told(url: str, work: Any, size: int = 2) -> Any:
    """What `work` returns of a writer that is closed after it."""

    async def go() -> Any:
        writer = AsyncWriter("notes", url, size)
        try:
            async with asyncio.timeout(60):
                return await work(writer)
        finally:
            await writer.close()

    return asyncio.run(go())


@asynccontextmanager
async def held_up(
    db: AsyncWriter, admin: psycopg.Connection
) -> AsyncIterator[asyncio.Task[list[Any]]]:
    """A call that the server is at work on, until the end of the block."""
    admin.execute("SELECT pg_advisory_lock(1)")
    try:
        calling = asyncio.create_task(db.call(b"SELECT 1 FROM pg_advisory_xact_lock(1)"))
        held = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        while admin.execute(held).fetchone() != (1,):  # noqa: ASYNC110 (the server tells nobody)
            await asyncio.sleep(0.01)
        yield calling
    finally:
        admin.execute("SELECT pg_advisory_unlock(1)")


@asynccontextmanager
async def relay(url: str, silent: asyncio.Event) -> AsyncIterator[str]:
    """A way to the server on which, while `silent` is set, no question arrives."""
    direct = sa.make_url(url)
    ends: list[asyncio.StreamWriter] = []

    async def carry(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        while data := await source.read(65536):
            if not (silent.is_set() and b"pg_backend_pid" in data):
                target.write(data)

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        back, forth = await asyncio.open_connection(direct.host, direct.port)
        ends.extend([writer, forth])
        await asyncio.gather(carry(reader, forth), carry(back, writer), return_exceptions=True)

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield direct.set(host="127.0.0.1", port=port).render_as_string(hide_password=False)
    finally:
        server.close()
        for end in ends:
            end.close()


def failing(state: str, times: int) -> bytes:
    return f"SELECT fail('{state}', {times})".encode()


def test_every_type_arrives_as_it_was_sent(url: str) -> None:
    arguments = (
        texts(["a'\"{}\\", None]),
        byteas([b"\0x", None]),
        jsonbs(['{"a": 1}', None]),
        moments([NOON, None]),
        bigints([-(2**60), 0]),
        integers([7, None]),
        smallints([3, -3]),
        booleans([True, False]),
        intervals([LENGTH, -LENGTH]),
    )
    micros = int(NOON.timestamp()) * 1_000_000 + NOON.microsecond - TO_2000
    length = LENGTH // timedelta(microseconds=1)
    assert told(url, lambda db: db.call(COLUMNS, *arguments)) == [
        ("a'\"{}\\", b"\0x", {"a": 1}, micros, -(2**60), 7, 3, True, length),
        (None, None, None, None, 0, None, -3, False, -length),
    ]


def test_no_elements_are_an_array_too(url: str) -> None:
    assert told(url, lambda db: db.call(LENGTHS, byteas([]))) == []


def test_more_than_a_socket_takes_at_once_goes_in_pieces(url: str) -> None:
    sizes = [3_000_000, 1, 5_000_000]
    rows = told(url, lambda db: db.call(LENGTHS, byteas(b"x" * size for size in sizes)))
    assert [row[0] for row in rows] == sizes


def test_a_call_is_run_again_where_the_server_undid_it(url: str, admin: psycopg.Connection) -> None:
    assert told(url, lambda db: db.call(failing("40P01", 2))) == [(3,)]
    assert admin.execute("SELECT count(*) FROM kept").fetchone() == (1,)


def test_a_call_that_is_undone_again_and_again_is_unavailable(
    url: str, admin: psycopg.Connection
) -> None:
    with pytest.raises(StoreUnavailable):
        told(url, lambda db: db.call(failing("55P03", 99)))
    assert admin.execute("SELECT count(*) FROM kept").fetchone() == (0,)


def test_a_statement_at_fault_is_an_error_and_the_connection_goes_on(
    url: str, admin: psycopg.Connection
) -> None:
    async def work(db: AsyncWriter) -> None:
        [(before,)] = await db.call(BACKEND)
        with pytest.raises(psycopg.errors.CheckViolation):
            await db.call(failing("23514", 1))
        assert await db.call(BACKEND) == [(before,)]

    told(url, work, size=1)


def test_more_callers_than_connections_take_turns(url: str) -> None:
    async def work(db: AsyncWriter) -> list[Any]:
        return await asyncio.gather(*(db.call(BACKEND) for _ in range(50)))

    assert len({row[0][0] for row in told(url, work, size=3)}) <= 3


def test_a_caller_that_goes_away_leaves_the_connection_to_the_next(
    url: str, admin: psycopg.Connection
) -> None:
    async def work(db: AsyncWriter) -> Any:
        async with held_up(db, admin) as going:
            going.cancel()
            with pytest.raises(asyncio.CancelledError):
                await going
        return await db.call(LENGTHS, byteas([b"abc"]))

    assert told(url, work, size=1) == [(3,)]


def test_a_connection_that_the_server_ends_while_idle_is_replaced(
    url: str, admin: psycopg.Connection
) -> None:
    async def work(db: AsyncWriter) -> tuple[int, int]:
        [(before,)] = await db.call(BACKEND)
        admin.execute("SELECT pg_terminate_backend(%s, 5000)", [before])
        while db._idle:  # noqa: ASYNC110 (until the event loop has heard of it: it tells nobody)
            await asyncio.sleep(0.01)
        [(after,)] = await db.call(BACKEND)
        return before, after

    before, after = told(url, work, size=1)
    assert before != after


def test_a_connection_that_breaks_under_a_call_makes_it_unavailable_and_the_next_one_works(
    url: str, admin: psycopg.Connection
) -> None:
    async def work(db: AsyncWriter) -> Any:
        [(pid,)] = await db.call(BACKEND)
        async with held_up(db, admin) as breaking:
            admin.execute("SELECT pg_terminate_backend(%s)", [pid])
            with pytest.raises(StoreUnavailable):
                await breaking
        return await db.call(LENGTHS, byteas([b"abc"]))

    assert told(url, work, size=1) == [(3,)]


def test_a_call_that_libpq_ends_by_a_word_of_its_own_is_unavailable(
    url: str, admin: psycopg.Connection
) -> None:
    """Where it finds the connection broken it makes a result itself, which has no SQLSTATE."""

    async def work(db: AsyncWriter) -> None:
        await db.call(BACKEND)
        [connection] = db._idle
        async with held_up(db, admin) as breaking:
            own_word = connection._pgconn.make_empty_result(pq.ExecStatus.FATAL_ERROR)
            connection._results.append(own_word)
            connection._finish()
            with pytest.raises(StoreUnavailable):
                await breaking

    told(url, work, size=1)


def test_a_server_that_falls_silent_once_it_is_connected_is_unavailable_for_so_long(
    url: str,
) -> None:
    async def go() -> None:
        silent = asyncio.Event()
        silent.set()
        async with relay(url, silent) as through:
            writer = AsyncWriter("notes", through, 1)
            async with asyncio.timeout(3 * POOL_TIMEOUT):  # psycopg's own call would take four
                with pytest.raises(StoreUnavailable):
                    await writer.call(LENGTHS, byteas([b"abc"]))
            silent.clear()
            assert await writer.call(LENGTHS, byteas([b"abc"])) == [(3,)]
            await writer.close()

    asyncio.run(go())


def test_a_database_that_is_not_there_is_unavailable(url: str) -> None:
    with pytest.raises(StoreUnavailable):
        told("postgresql://nobody@127.0.0.1:1/none", lambda db: db.call(BACKEND))


def test_a_server_that_is_no_primary_any_more_is_unavailable_and_left(
    url: str, admin: psycopg.Connection
) -> None:
    refused = b"SELECT nextval('tries') FROM set_config('transaction_read_only', 'on', true)"

    async def work(db: AsyncWriter) -> tuple[int, int]:
        [(before,)] = await db.call(BACKEND)
        with pytest.raises(StoreUnavailable):
            await db.call(refused)
        [(after,)] = await db.call(BACKEND)
        return before, after

    before, after = told(url, work, size=1)
    assert before != after


def test_who_waits_for_a_connection_and_gives_up_leaves_it_to_the_next(
    url: str, admin: psycopg.Connection
) -> None:
    async def work(db: AsyncWriter) -> Any:
        async with held_up(db, admin) as busy:
            impatient = asyncio.create_task(db.call(BACKEND))
            patient = asyncio.create_task(db.call(LENGTHS, byteas([b"abc"])))
            await asyncio.sleep(0.05)
            impatient.cancel()
        await busy
        return await patient

    assert told(url, work, size=1) == [(3,)]


PREPARED = b"SELECT statement, generic_plans + custom_plans FROM pg_prepared_statements"


def test_a_statement_is_prepared_where_it_is_first_used(url: str) -> None:
    async def work(db: AsyncWriter) -> Any:
        for _ in range(3):
            await db.call(LENGTHS, byteas([b"abc"]))
            await db.call(BACKEND, planned_anew=True)
        return await db.call(PREPARED, planned_anew=True)

    assert told(url, work, size=1) == [(LENGTHS.decode(), 3)]


@pytest.mark.parametrize(
    "gone",
    ["DEALLOCATE ALL", "DROP FUNCTION made; CREATE FUNCTION made() RETURNS text RETURN 'b'"],
)
def test_a_call_whose_prepared_statement_is_no_use_any_more_is_made_without(
    url: str, admin: psycopg.Connection, gone: str
) -> None:
    admin.execute("DROP FUNCTION IF EXISTS made; CREATE FUNCTION made() RETURNS integer RETURN 1")
    made = b"SELECT made()"

    async def work(db: AsyncWriter) -> list[Any]:
        assert await db.call(made) == [(1,)]
        [connection] = db._idle
        connection._pgconn.exec_(gone.encode())
        return [*await db.call(made), *await db.call(made)]

    now = 1 if gone == "DEALLOCATE ALL" else "b"
    assert told(url, work, size=1) == [(now,), (now,)]


def test_a_statement_that_cannot_be_prepared_is_an_error_and_the_connection_goes_on(
    url: str,
) -> None:
    async def work(db: AsyncWriter) -> Any:
        with pytest.raises(psycopg.errors.UndefinedFunction):
            await db.call(b"SELECT nobody_made_this($1)", bigints([1]))
        return await db.call(LENGTHS, byteas([b"abc"]))

    assert told(url, work, size=1) == [(3,)]
