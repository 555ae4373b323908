"""Arrays as parameters of set-based statements, in PostgreSQL's binary format; and a single bytea.

psycopg adapts a list item by item in Python, a microsecond or two each; a batch of a thousand jobs
with ten columns would spend more there than in the database. These cost a fifth of that.

Bind one where the statement says `CAST(:ids AS bigint[])`: `{"ids": bigints(ids)}`.
The format: https://github.com/postgres/postgres/blob/REL_15_STABLE/src/backend/utils/adt/arrayfuncs.c
(array_recv), and the receive function of each element's type.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

import psycopg
from psycopg.adapt import Dumper, PyFormat
from psycopg.pq import Format

_HEADER: Final = struct.Struct(">iIIii")
_LENGTH: Final = struct.Struct(">i").pack
_NULL: Final = _LENGTH(-1)
_SIXTEEN: Final = _LENGTH(16)
_BIGINT: Final = struct.Struct(">iq").pack
_INTEGER: Final = struct.Struct(">ii").pack
_SMALLINT: Final = struct.Struct(">ih").pack
_BOOLEAN: Final = struct.Struct(">i?").pack
_INTERVAL: Final = struct.Struct(">iqii").pack
_EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


class Array(NamedTuple):
    """A one-dimensional array, ready for the wire; the functions below make them. A bytea is ready
    as it is."""

    oid: int
    data: bytes


def texts(items: Iterable[str | None]) -> Array:
    """text[]"""
    return _array(1009, 25, [None if item is None else item.encode() for item in items])


def uuids(items: Iterable[UUID]) -> Array:
    """uuid[]"""
    return _fixed(2951, 2950, [_SIXTEEN + item.bytes for item in items])


def byteas(items: Iterable[bytes | None]) -> Array:
    """bytea[]"""
    return _array(1001, 17, list(items))


def bytea(item: bytes) -> Array:
    """bytea, a single one: as text it would be twice as long."""
    return Array(17, item)


def jsonbs(items: Iterable[str | None]) -> Array:
    """jsonb[], of texts that are JSON."""
    return _array(3807, 3802, [None if item is None else b"\x01" + item.encode() for item in items])


def moments(items: Iterable[datetime | None]) -> Array:
    """timestamptz[], of aware moments, to the microsecond."""
    return _fixed(
        1185,
        1184,
        [_NULL if m is None else _BIGINT(8, (m - _EPOCH) // _MICROSECOND) for m in items],
    )


def bigints(items: Iterable[int]) -> Array:
    """bigint[]"""
    return _fixed(1016, 20, [_BIGINT(8, item) for item in items])


def integers(items: Iterable[int | None]) -> Array:
    """integer[]"""
    return _fixed(1007, 23, [_NULL if item is None else _INTEGER(4, item) for item in items])


def smallints(items: Iterable[int]) -> Array:
    """smallint[]"""
    return _fixed(1005, 21, [_SMALLINT(2, item) for item in items])


def booleans(items: Iterable[bool]) -> Array:
    """boolean[]"""
    return _fixed(1000, 16, [_BOOLEAN(1, item) for item in items])


def intervals(items: Iterable[timedelta]) -> Array:
    """interval[], each of them as microseconds alone: no days, which may be longer or shorter."""
    return _fixed(1187, 1186, [_INTERVAL(16, item // _MICROSECOND, 0, 0) for item in items])


def _array(oid: int, element: int, items: list[bytes | None]) -> Array:
    parts: list[bytes] = []
    for item in items:
        if item is None:
            parts.append(_NULL)
        else:
            parts += (_LENGTH(len(item)), item)
    return _joined(oid, element, len(items), parts)


def _fixed(oid: int, element: int, items: list[bytes]) -> Array:
    return _joined(oid, element, len(items), items)


def _joined(oid: int, element: int, count: int, parts: list[bytes]) -> Array:
    # Says that there may be NULLs, which is never wrong. No elements: no dimensions.
    if not count:
        return Array(oid, struct.pack(">iII", 0, 0, element))
    return Array(oid, _HEADER.pack(1, 1, element, count, 1) + b"".join(parts))


class _ArrayDumper(Dumper):
    """Hands an Array over as it is; one dumper for each element type, by its oid."""

    format = Format.BINARY

    def get_key(self, obj: Array, _format: PyFormat) -> Any:
        """One key for each type of array, so that each statement's parameters keep their types."""
        return (self.cls, obj.oid)

    def upgrade(self, obj: Array, _format: PyFormat) -> _ArrayDumper:
        """A dumper that knows the array's type."""
        dumper = _ArrayDumper(self.cls)
        dumper.oid = obj.oid
        return dumper

    def dump(self, obj: Array) -> bytes:
        """The bytes that the functions above have made."""
        return obj.data


psycopg.adapters.register_dumper(Array, _ArrayDumper)
