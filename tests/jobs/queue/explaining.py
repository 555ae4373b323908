"""What PostgreSQL does for the queue, the statements within its functions included."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar, cast

import psycopg
from psycopg import pq
from sqlalchemy import create_engine

from kit.aio_connection import bound
from kit.aio_database import AsyncWriter
from kit.binary_arrays import Array
from kit.columns import Reader, Row
from kit.database import DbWriter
from kit.pool import driver_url

T = TypeVar("T")
# https://www.postgresql.org/docs/current/auto-explain.html
SETTINGS = """
LOAD 'auto_explain';
SET auto_explain.log_min_duration = 0;
SET auto_explain.log_nested_statements = on;
SET client_min_messages = log;
SET ROLE jobs_writer
"""


class Explaining:
    """Runs functions of the model on a session of its own that tells every plan.

    plans: of what ran last, with the statements.
    """

    def __init__(self, admin_url: str) -> None:
        self._engine = create_engine(driver_url(admin_url))
        self._session = self._engine.connect()
        driver = self._session.connection.driver_connection
        assert isinstance(driver, psycopg.Connection)
        self._driver = driver
        self._reader = Reader(driver)
        self._told: list[str] = []
        driver.add_notice_handler(lambda notice: self._told.append(notice.message_primary or ""))
        driver.execute(SETTINGS.encode())
        driver.commit()

    @property
    def plans(self) -> str:
        return "\n".join(self._told)

    def run(self, work: Callable[[AsyncWriter], Coroutine[Any, Any, T]]) -> T:
        """What a function returns that makes calls; they are committed."""
        self._told.clear()
        return asyncio.run(work(cast(AsyncWriter, self)))

    def plans_of(self, work: Callable[[DbWriter], object]) -> str:
        """The plans of a function of the longer way; its changes are committed."""
        self._told.clear()
        with self._session.begin():
            work(DbWriter(self._session))
        return self.plans

    async def call(
        self, statement: bytes, *arguments: Array | bytes | None, planned_anew: bool = False
    ) -> list[Row]:
        result = self._driver.pgconn.exec_params(
            statement, *bound(arguments), result_format=pq.Format.BINARY
        )
        if result.status != pq.ExecStatus.TUPLES_OK:
            raise psycopg.errors.error_from_result(result)
        return self._reader.rows(result)

    def close(self) -> None:
        self._session.close()
        self._engine.dispose()
