"""Many values in one statement: as arrays, so that its text is the same however many there are."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

T = TypeVar("T")


def one_of(column: sa.Column[T], values: Collection[T]) -> sa.ColumnElement[bool]:
    """True where the column holds one of the values: `= ANY (array)`, for one look at its index."""
    return column == sa.any_(_array(column, values))


def rows_of(
    *columns: tuple[sa.Column[Any], Sequence[Any]], name: str = "given"
) -> sa.TableValuedAlias:
    """A table of given rows, `unnest (arrays)`: each column named and typed as in its table."""
    arrays = [_array(column, values) for column, values in columns]
    names = [column.name for column, _ in columns]
    return sa.func.unnest(*arrays).table_valued(*names, name=name).render_derived()


def as_given(column: sa.Column[Any]) -> sa.Label[Any]:
    """An array column as the driver gives it: a list. SQLAlchemy's own look at it costs more
    than the rest of the row."""
    return sa.type_coerce(column, sa.types.NullType()).label(column.name)


def _array(column: sa.Column[Any], values: Collection[Any]) -> sa.ColumnElement[Any]:
    kind: ARRAY[Any] = ARRAY(column.type)
    return sa.cast(sa.literal(list(values), kind), kind)
