"""The lock of a transcript: the person's row of conversation_state."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

import sqlalchemy as sa

from kit.arrays import any_of, one_of
from kit.binary_arrays import uuids
from kit.database import DbWriter
from services.conversation.tables import conversation_state, messages

_PEOPLE = (
    sa.select(conversation_state.c.user_id)
    .where(any_of(conversation_state.c.user_id, "user_ids"))
    .order_by(conversation_state.c.user_id)
    .with_for_update()
)


def lock_people(db: DbWriter, user_ids: Collection[UUID]) -> None:
    """Locks the conversations of these people, in the order of their ids; not all need exist."""
    db.rows(_PEOPLE, {"user_ids": uuids(user_ids)})


def lock_writers(db: DbWriter, message_ids: Collection[UUID]) -> None:
    """Locks the conversations that hold these texts, in the order of their people's ids."""
    state = conversation_state.c
    theirs = sa.select(messages.c.user_id).where(one_of(messages.c.message_id, message_ids))
    stmt = sa.select(state.user_id).where(state.user_id.in_(theirs)).order_by(state.user_id)
    db.rows(stmt.with_for_update(of=conversation_state))
