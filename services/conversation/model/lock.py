"""The lock of a transcript: the person's row of conversation_state."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

import sqlalchemy as sa

from kit.arrays import one_of
from kit.database import DbWriter
from services.conversation.tables import conversation_state


def lock_people(db: DbWriter, user_ids: Collection[UUID]) -> None:
    """Locks the conversations of these people, in the order of their ids; not all need exist."""
    state = conversation_state.c
    stmt = sa.select(state.user_id).where(one_of(state.user_id, user_ids)).order_by(state.user_id)
    db.rows(stmt.with_for_update())
