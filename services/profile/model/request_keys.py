"""One deed for one request_key."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa

from kit.database import AnyRow, DbReader
from kit.refusals import InvalidArgument


def first_use(db: DbReader, table: sa.Table, request_key: str, user_id: UUID) -> AnyRow | None:
    """The row that this key made, None where it made none yet.

    Exact within a transaction that has locked the person. Raises InvalidArgument where the key made
    a row of somebody else: to answer with it would tell one person's state to another's caller.
    """
    row = db.row(sa.select(table).where(table.c.request_key == request_key))
    if row is not None and row.user_id != user_id:
        raise InvalidArgument("request_key", "was used for another person")
    return row
