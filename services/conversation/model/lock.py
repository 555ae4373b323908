"""The lock that every write takes first: the person's row of conversation_state."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from kit.database import DbWriter
from services.conversation.message import Direction
from services.conversation.tables import conversation_state, messages


@dataclass(frozen=True, slots=True)
class Locked:
    """A person's row of conversation_state, locked until the transaction ends."""

    user_id: UUID
    message_count: int
    first_inbound_sequence: int | None


_LOCK = sa.select(
    conversation_state.c.user_id,
    conversation_state.c.message_count,
    conversation_state.c.first_inbound_sequence,
).with_for_update()


def lock_person(db: DbWriter, user_id: UUID) -> Locked | None:
    """Locks the person's conversation; None where there is none."""
    row = db.row(_LOCK.where(conversation_state.c.user_id == user_id))
    return None if row is None else Locked(*row)


def lock_or_make_person(db: DbWriter, user_id: UUID, at: datetime) -> Locked:
    """The same, made where there is none."""
    locked = lock_person(db, user_id)
    if locked is None:
        stamps = {"created_at": at, "updated_at": at}
        made = insert(conversation_state).values(user_id=user_id, **stamps)
        db.execute(made.on_conflict_do_nothing())
        locked = lock_person(db, user_id)
    assert locked is not None, "a conversation vanished inside the transaction that made it"
    return locked


def lock_person_of_outbound(db: DbWriter, message_id: UUID) -> Locked | None:
    """Locks the conversation that a text of ours belongs to; None where there is no such text."""
    owner = sa.select(messages.c.user_id).where(
        messages.c.message_id == message_id, messages.c.direction == Direction.OUTBOUND
    )
    row = db.row(_LOCK.where(conversation_state.c.user_id == owner.scalar_subquery()))
    return None if row is None else Locked(*row)
