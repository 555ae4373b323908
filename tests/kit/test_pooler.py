from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from kit.aio_database import AsyncWriter
from kit.database import Database
from tests.databases import Databases, ServiceUrls
from tests.kit.toys.notes.tables import notes
from tests.pooler import pooled, where_it_is_installed

COUNT = sa.select(sa.func.count()).select_from(notes)


@pytest.fixture
def through_pooler(databases: Databases) -> Iterator[ServiceUrls]:
    """One server connection per role."""
    direct = databases.add("notes", Path(__file__).parent / "toys" / "notes")
    with pooled("notes", direct, connections=1) as urls:
        yield urls


@where_it_is_installed
def test_readers_and_writers_share_a_pooler_in_transaction_mode(
    through_pooler: ServiceUrls,
) -> None:
    databases = [Database("notes", through_pooler.writer, through_pooler.reader) for _ in range(3)]
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


@where_it_is_installed
def test_nothing_is_prepared_behind_a_pooler(through_pooler: ServiceUrls) -> None:
    async def calls() -> list[Any]:
        writers = [AsyncWriter("notes", through_pooler.writer, 1) for _ in range(3)]
        for _ in range(5):
            for writer in writers:
                assert await writer.call(b"SELECT length($1::text)", b"abc") == [(3,)]
        found = await writers[0].call(b"SELECT statement FROM pg_prepared_statements")
        for writer in writers:
            await writer.close()
        return found

    assert asyncio.run(calls()) == []
