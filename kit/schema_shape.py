"""A schema as a set of lines, as PostgreSQL itself spells its definitions."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

from sqlalchemy import Connection, MetaData, text

_SHADOW: Final = "respite_shadow"
_SHAPE: Final = text("""
WITH t AS (
  SELECT oid, relname, reloptions, relkind FROM pg_class
  WHERE relnamespace = to_regnamespace(:schema) AND relkind IN ('r', 'p') AND NOT relispartition)
SELECT relname, format('table %s %s %s %s', relname, coalesce(pg_get_partkeydef(oid), ''),
    (SELECT array_agg(o ORDER BY o) FROM unnest(reloptions) o), obj_description(oid)) FROM t
UNION ALL
SELECT relname, format('column %s.%s %s%s%s default %s %s', relname, attname,
    format_type(atttypid, atttypmod), CASE WHEN attnotnull THEN ' not null' END,
    CASE WHEN attidentity <> '' THEN ' identity' END, pg_get_expr(adbin, adrelid),
    col_description(attrelid, attnum))
  FROM t JOIN pg_attribute a ON attrelid = t.oid AND attnum > 0 AND NOT attisdropped
    LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
UNION ALL
SELECT relname, format('constraint %s %s %s', relname, conname, pg_get_constraintdef(c.oid))
  FROM t JOIN pg_constraint c ON conrelid = t.oid AND contype <> 'n'
UNION ALL
SELECT relname, format('index %s %s', pg_get_indexdef(indexrelid),
    (SELECT array_agg(o ORDER BY o) FROM pg_class i, unnest(i.reloptions) o
     WHERE i.oid = indexrelid))
  FROM t JOIN pg_index ON indrelid = t.oid""")
_PARTITIONS: Final = text(
    "SELECT relname FROM pg_class WHERE relnamespace = to_regnamespace(:schema) AND relispartition"
)


def partitions(connection: Connection, schema: str) -> frozenset[str]:
    """The names of all partitions in the schema, indexes included."""
    return frozenset(connection.scalars(_PARTITIONS, {"schema": schema}))


def shape_of(connection: Connection, schema: str, ignored: Collection[str] = ()) -> set[str]:
    """A line for each table, column, constraint and index of the schema, but for partitions.

    ignored: tables to leave out.
    """
    return _lines(connection, schema, schema, ignored)


def shape_of_tables(connection: Connection, schema: str, metadata: MetaData) -> set[str]:
    """The lines that these tables would have, which are made in a schema beside it.

    The caller rolls the transaction back; until then the other schema exists.
    """
    connection.execute(text(f"CREATE SCHEMA {_SHADOW}"))
    shadow = connection.execution_options(schema_translate_map={schema: _SHADOW})
    metadata.create_all(shadow, checkfirst=False)
    return _lines(connection, _SHADOW, schema, ())


def _lines(connection: Connection, where: str, schema: str, ignored: Collection[str]) -> set[str]:
    qualifier = re.compile(rf"\b({_SHADOW}|{schema})\.")
    rows = connection.execute(_SHAPE, {"schema": where})
    return {qualifier.sub("", line) for table, line in rows if table not in ignored}
