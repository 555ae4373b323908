"""Many values in one statement: as arrays, so that its text is the same however many there are.

They go in PostgreSQL's binary format, see `kit.binary_arrays`: psycopg's way with lists took a
sixth of a service's time. A statement that is made once, with parameters, is spared another.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, Final, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from kit import binary_arrays
from kit.binary_arrays import Array

T = TypeVar("T")

_MAKERS: Final[Mapping[type, Callable[[Iterable[Any]], Array]]] = {
    sa.Uuid: binary_arrays.uuids,
    sa.Text: binary_arrays.texts,
    sa.BigInteger: binary_arrays.bigints,
    sa.DateTime: binary_arrays.moments,
    sa.LargeBinary: binary_arrays.byteas,
}


def one_of(column: sa.Column[T], values: Collection[T]) -> sa.ColumnElement[bool]:
    """True where the column holds one of the values: `= ANY (array)`, for one look at its index."""
    return column == sa.any_(_array(column, values))


def any_of(column: sa.Column[Any], name: str) -> sa.ColumnElement[bool]:
    """The same for a statement that is made once: its values are the parameter `name`, an Array."""
    return column == sa.any_(_given(column, name))


def rows_of(
    *columns: tuple[sa.Column[Any], Sequence[Any]], name: str = "given"
) -> sa.TableValuedAlias:
    """A table of given rows, `unnest (arrays)`: each column named and typed as in its table."""
    arrays = [_array(column, values) for column, values in columns]
    return _unnested(arrays, [column for column, _ in columns], name)


def rows_given(*columns: sa.Column[Any], name: str = "given") -> sa.TableValuedAlias:
    """The same for a statement that is made once: the values of the column user_id are the
    parameter given_user_id, an Array."""
    arrays = [_given(column, f"{name}_{column.name}") for column in columns]
    return _unnested(arrays, columns, name)


def as_given(column: sa.Column[Any]) -> sa.Label[Any]:
    """An array column as the driver gives it: a list. SQLAlchemy's own look at it costs more
    than the rest of the row."""
    return sa.type_coerce(column, sa.types.NullType()).label(column.name)


def _unnested(
    arrays: Sequence[sa.ColumnElement[Any]], columns: Sequence[sa.Column[Any]], name: str
) -> sa.TableValuedAlias:
    names = [column.name for column in columns]
    return sa.func.unnest(*arrays).table_valued(*names, name=name).render_derived()


def _array(column: sa.Column[Any], values: Collection[Any]) -> sa.ColumnElement[Any]:
    make = _MAKERS.get(type(column.type))
    kind: ARRAY[Any] = ARRAY(column.type)
    if make is None:
        return sa.cast(sa.literal(list(values), kind), kind)
    return sa.cast(sa.literal(make(values), sa.types.NullType()), kind)


def _given(column: sa.Column[Any], name: str) -> sa.ColumnElement[Any]:
    return sa.cast(sa.bindparam(name, type_=sa.types.NullType()), ARRAY(column.type))
