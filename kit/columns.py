"""How the columns of an answer in PostgreSQL's binary format are read.

psycopg reads a whole result at once, in C. Moments and lengths of time it would make into objects
of datetime, one by one in Python; here they stay what they are on the wire, microseconds. Formats:
https://github.com/postgres/postgres/blob/REL_15_STABLE/src/backend/utils/adt/timestamp.c
"""

from __future__ import annotations

import struct
from typing import Any, Final

from psycopg import AsyncConnection, Connection
from psycopg.abc import Buffer
from psycopg.adapt import Loader, Transformer
from psycopg.pq import Format
from psycopg.pq.abc import PGresult
from psycopg.types.numeric import Int8BinaryLoader

Row = tuple[Any, ...]

TO_2000: Final = 946_684_800_000_000
"""Microseconds from the Unix epoch to PostgreSQL's, the beginning of 2000 in UTC."""

_DAY: Final = 86_400_000_000
_INTERVAL: Final = struct.Struct(">qii").unpack


class Reader:
    """Reads the results of one connection.

    A timestamptz is an int, microseconds since the beginning of 2000; an interval too, a day of it
    as 24 hours, and its months cannot be told. All else is as psycopg has it.
    """

    def __init__(self, connection: AsyncConnection[Any] | Connection[Any]) -> None:
        connection.adapters.register_loader("timestamptz", Int8BinaryLoader)
        connection.adapters.register_loader("interval", _IntervalLoader)
        self._transformer = Transformer(connection)

    def rows(self, result: PGresult) -> list[Row]:
        """The rows of a result in binary format."""
        self._transformer.set_pgresult(result)
        try:
            return self._transformer.load_rows(0, result.ntuples, tuple)
        finally:
            self._transformer.set_pgresult(None)


class _IntervalLoader(Loader):
    format = Format.BINARY

    def load(self, data: Buffer) -> int:
        micros, days, _ = _INTERVAL(data)
        length: int = micros + days * _DAY
        return length
