"""How the columns of an answer in PostgreSQL's binary format are read.

The formats are those of each type's send function, for example
https://github.com/postgres/postgres/blob/REL_15_STABLE/src/backend/utils/adt/timestamp.c.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

Column = Callable[[bytes], Any]

_BIGINT: Final = struct.Struct(">q").unpack
_INTEGER: Final = struct.Struct(">i").unpack
_SMALLINT: Final = struct.Struct(">h").unpack
_INTERVAL: Final = struct.Struct(">qii").unpack
_TO_2000: Final = 946_684_800_000_000  # microseconds from the Unix epoch to PostgreSQL's
_DAY: Final = 86_400_000_000


def text(data: bytes) -> str:
    """A column of type text, or of json in jsonb without its version."""
    return data.decode()


def jsonb(data: bytes) -> bytes:
    """A column of type jsonb, as the bytes of its JSON."""
    return data[1:]


def bytea(data: bytes) -> bytes:
    """A column of type bytea."""
    return data


def boolean(data: bytes) -> bool:
    """A column of type boolean."""
    return data == b"\x01"


def bigint(data: bytes) -> int:
    """A column of type bigint."""
    number: int = _BIGINT(data)[0]
    return number


def integer(data: bytes) -> int:
    """A column of type integer."""
    number: int = _INTEGER(data)[0]
    return number


def smallint(data: bytes) -> int:
    """A column of type smallint."""
    number: int = _SMALLINT(data)[0]
    return number


def moment(data: bytes) -> int:
    """A column of type timestamptz, as microseconds since the Unix epoch."""
    number: int = _BIGINT(data)[0]
    return number + _TO_2000


def interval(data: bytes) -> int:
    """A column of type interval, as microseconds, a day as 24 hours; months cannot be told."""
    micros, days, _ = _INTERVAL(data)
    length: int = micros + days * _DAY
    return length


@dataclass(frozen=True, slots=True)
class Call:
    """A statement that calls one function, with $1, $2, … for its arguments.

    columns: how to read those of its answer. SQL NULL is None, whatever the column.
    """

    statement: bytes
    columns: tuple[Column, ...]
