"""Numbers that cannot be texted: marked, seen to work again, counted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from kit.database import DbReader, DbWriter
from services.identity.model import changed_user
from services.identity.tables import users
from services.identity.user import Unreachable, User


def mark_unreachable(
    db: DbWriter, user_id: UUID, found: Unreachable, at: datetime
) -> tuple[User, bool]:
    """The person, whose number cannot be texted, and whether this call changed that; an older
    finding than the one that is known changes nothing. Raises UserNotFound."""
    since = users.c.unreachable_at
    newer = sa.or_(since.is_(None), since < found.since)
    values = {"unreachable_at": found.since, "unreachable_code": found.code, "updated_at": at}
    return changed_user(db, user_id, newer, values)


def clear_unreachable(
    db: DbWriter, user_id: UUID, seen_at: datetime, at: datetime
) -> tuple[User, bool]:
    """The person, whose number was seen to work then, and whether this call changed that; a mark
    that is not older stays. Raises UserNotFound."""
    values = {"unreachable_at": None, "unreachable_code": None, "updated_at": at}
    return changed_user(db, user_id, users.c.unreachable_at < seen_at, values)


def unreachable_counts(db: DbReader) -> Mapping[str, int]:
    """How many numbers cannot be texted, by the provider's code, most first."""
    count = sa.func.count()
    code = users.c.unreachable_code
    stmt = sa.select(code, count).where(users.c.unreachable_at.is_not(None)).group_by(code)
    return {row[0]: row[1] for row in db.rows(stmt.order_by(count.desc(), code))}
