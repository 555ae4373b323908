"""People's conversations as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import sqlalchemy as sa

from kit.arrays import any_of
from kit.binary_arrays import uuids
from kit.database import DbReader, DbWriter
from kit.refusals import Refusal
from services.conversation.message import Message
from services.conversation.model.lock import lock_people
from services.conversation.model.messages import recent_messages
from services.conversation.model.model_use import ModelBudget, TokenLimits, model_budgets
from services.conversation.refusals import ConversationNotFound
from services.conversation.tables import conversation_state

_STATES: Final = sa.select(
    conversation_state.c.user_id,
    conversation_state.c.summary,
    conversation_state.c.summary_version,
    conversation_state.c.summarized_count,
    conversation_state.c.created_at,
    conversation_state.c.message_count,
    conversation_state.c.answer_count,
).where(any_of(conversation_state.c.user_id, "user_ids"))


@dataclass(frozen=True, slots=True)
class Look:
    """Whose conversation to read, and how many of its newest messages."""

    user_id: UUID
    recent_limit: int


@dataclass(frozen=True, slots=True)
class Conversation:
    """A person's state; recent_messages by event time, oldest of them first."""

    user_id: UUID
    recent_messages: Sequence[Message]
    summary: str
    summary_version: int
    summarized_count: int
    started_at: datetime
    message_count: int
    answer_count: int
    model_budget: ModelBudget


def conversations_of(
    db: DbReader, looks: Sequence[Look], limits: TokenLimits, at: datetime
) -> list[Conversation | Refusal]:
    """The conversations with their newest messages; ConversationNotFound where there is none.

    limits: of what the model may cost on the day of `at`.
    """
    people = uuids({look.user_id for look in looks})
    rows = {row.user_id: row for row in db.rows(_STATES, {"user_ids": people})}
    recent = recent_messages(db, [*rows], max(look.recent_limit for look in looks))

    budgets = model_budgets(db, rows, limits, at)

    def seen(look: Look) -> Conversation | Refusal:
        row = rows.get(look.user_id)
        if row is None:
            return ConversationNotFound()
        return Conversation(
            user_id=row.user_id,
            recent_messages=recent.get(look.user_id, ())[-look.recent_limit :],
            summary=row.summary,
            summary_version=row.summary_version,
            summarized_count=row.summarized_count,
            started_at=row.created_at,
            message_count=row.message_count,
            answer_count=row.answer_count,
            model_budget=budgets[row.user_id],
        )

    return [seen(look) for look in looks]


def delete_conversation(db: DbWriter, user_id: UUID) -> bool:
    """Removes the person's state and, by its foreign key, every message; False where none was."""
    lock_people(db, [user_id])
    state = conversation_state.c
    return db.execute(sa.delete(conversation_state).where(state.user_id == user_id)) > 0
