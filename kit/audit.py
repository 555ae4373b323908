"""The trail of operators: one record for each of their calls that changed or read something.

Records are made by `kit.database`, in the transaction of the change itself; handlers do nothing.
A record names ids and a method, never a text and never a phone number.
"""

from __future__ import annotations

import re
from typing import Any, Final, TypeAlias

import sqlalchemy as sa

from kit.access import CurrentCall, current_call
from kit.ids import uuid7
from kit.table_parts import stamps, text

AuditTable: TypeAlias = sa.Table
"""What `audit_table` makes."""

TABLE_NAME: Final = "audit_records"
MAXIMUM_LENGTH: Final = 200
_TABLE_COMMENT: Final = "What operators did through this service; append-only"
_INDEXES: Final = {
    "audit_records_by_subject": ["subject", "id"],  # list_records(subject=), newest first
    "audit_records_by_caller": ["caller", "id"],  # list_records(caller=), newest first
}
# Seven digits or more that are no part of a UUID or of a provider's id: perhaps a phone number.
_NUMBER: Final = re.compile(r"(?<![\w-])\+?\d(?:[ ().-]{0,2}\d){6,}(?![\w-])")


def audit_table(metadata: sa.MetaData) -> sa.Table:
    """The table of records in the schema of `metadata`, for the service's tables module."""
    indexes = [sa.Index(name, *columns) for name, columns in _INDEXES.items()]
    return sa.Table(TABLE_NAME, metadata, *_columns(), *indexes, comment=_TABLE_COMMENT)


def audit_migration(op: Any, schema: str) -> None:
    """Creates that table within a migration of `schema`; its writer may add and read, no more.

    op: `alembic.op`. The roles exist by then: `kit.migrations` makes them first.
    """
    op.create_table(TABLE_NAME, *_columns(), schema=schema, comment=_TABLE_COMMENT)
    for name, columns in _INDEXES.items():
        op.create_index(name, TABLE_NAME, columns, schema=schema)
    op.execute(f"REVOKE UPDATE, DELETE, TRUNCATE ON {schema}.{TABLE_NAME} FROM {schema}_writer")


def operator_call() -> CurrentCall | None:
    """The call being served, if an operator makes it."""
    call = current_call()
    return call if call is not None and call.caller.kind == "user" else None


def record_of(table: sa.Table, call: CurrentCall, detail: str = "") -> sa.Insert:
    """The statement that stores a record of `call`."""
    return sa.insert(table).values(
        id=uuid7(),
        caller=str(call.caller),
        method=call.method,
        subject=_harmless(call.subject),
        detail=_harmless(detail),
    )


def _columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("id", sa.Uuid, primary_key=True, comment="UUIDv7, so in order of time"),
        text("caller", "URI of the operator's certificate, respite://user/<user_id>"),
        text("method", "Full gRPC method name"),
        text("subject", "The id that the call was about, empty where none; never a phone number"),
        text("detail", "A few words of the service; never a text of a person"),
        *stamps(
            "When, by the clock of the database", "Equals created_at: records are never changed"
        ),
    ]


def _harmless(words: str) -> str:
    """`words` without what looks like a phone number, and short enough to hold no message."""
    return _NUMBER.sub("…", words.replace("\0", ""))[:MAXIMUM_LENGTH]
