"""A person's conversation as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from kit.database import DbReader
from services.conversation.message import Message
from services.conversation.model.messages import recent_messages
from services.conversation.refusals import ConversationNotFound
from services.conversation.tables import conversation_state


@dataclass(frozen=True, slots=True)
class Conversation:
    """A person's state; recent_messages by event time, oldest of them first."""

    user_id: UUID
    recent_messages: Sequence[Message]
    summary: str
    summary_version: int
    started_at: datetime
    message_count: int
    answer_count: int


def conversation_of(db: DbReader, user_id: UUID, recent_limit: int) -> Conversation:
    """The conversation with its newest messages. Raises ConversationNotFound."""
    state = conversation_state.c
    row = db.row(
        sa.select(
            state.user_id,
            state.summary,
            state.summary_version,
            state.created_at,
            state.message_count,
            state.answer_count,
        ).where(state.user_id == user_id)
    )
    if row is None:
        raise ConversationNotFound
    return Conversation(
        user_id=row.user_id,
        recent_messages=recent_messages(db, user_id, recent_limit),
        summary=row.summary,
        summary_version=row.summary_version,
        started_at=row.created_at,
        message_count=row.message_count,
        answer_count=row.answer_count,
    )
