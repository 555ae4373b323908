"""The running summary of a conversation: what it does not cover yet, and its next version."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from kit.database import AnyRow, DbReader, DbWriter
from kit.refusals import InvalidArgument
from services.conversation.message import Message
from services.conversation.model.lock import lock_people
from services.conversation.model.messages import COLUMNS, fitting, message_of
from services.conversation.refusals import ConversationNotFound, StaleSummary
from services.conversation.tables import conversation_state, messages

_WRITTEN = sa.tuple_(messages.c.event_at, messages.c.sequence)


@dataclass(frozen=True, slots=True)
class Summary:
    """A summary to be stored.

    expected_version: of the one that it replaces. through: id of the newest message that it covers.
    """

    user_id: UUID
    text: str
    expected_version: int
    through: UUID


def unsummarized_messages(
    db: DbReader, user_id: UUID, before: datetime, limit: int
) -> Sequence[Message]:
    """The person's texts that the summary does not cover and that were written before a moment.

    By event time, the first `limit` of them, fewer where they are long. Raises
    ConversationNotFound.
    """
    reach = _reach(_state_of(db, user_id))
    stmt = (
        sa.select(*COLUMNS)
        .where(messages.c.user_id == user_id, messages.c.event_at < before)
        .order_by(messages.c.event_at, messages.c.sequence)
        .limit(limit)
    )
    if reach is not None:
        stmt = stmt.where(reach < _WRITTEN)
    found = [message_of(row) for row in db.rows(stmt)]
    return found[: fitting(found, limit)]


def save_summary(db: DbWriter, summary: Summary, at: datetime) -> int:
    """Stores the summary if it replaces the version that it expects; returns its own version.

    A repeat of the save that made the newest version returns it again. Raises
    ConversationNotFound, StaleSummary, and InvalidArgument where `through` is no message of the
    person or an earlier one than the summary covers already.
    """
    lock_people(db, [summary.user_id])
    state = _state_of(db, summary.user_id)
    through = _place_of(db, summary)
    reach = (state.summarized_until, state.summarized_sequence)
    stored = (state.summary_version - 1, state.summary, reach)
    if stored == (summary.expected_version, summary.text, through):
        return summary.expected_version + 1
    if state.summary_version != summary.expected_version:
        raise StaleSummary
    if state.summarized_until is not None and through < reach:
        raise InvalidArgument("through_message_id", "is covered by the summary already")
    _store(db, summary, through, at)
    return summary.expected_version + 1


def _state_of(db: DbReader, user_id: UUID) -> AnyRow:
    state = conversation_state.c
    columns = (
        state.summary,
        state.summary_version,
        state.summarized_until,
        state.summarized_sequence,
    )
    row = db.row(sa.select(*columns).where(state.user_id == user_id))
    if row is None:
        raise ConversationNotFound
    return row


def _reach(state: AnyRow) -> sa.Tuple | None:
    """How far the summary reaches, None where there is none."""
    if state.summarized_until is None:
        return None
    return _place(state.summarized_until, state.summarized_sequence)


def _place(event_at: datetime, sequence: int) -> sa.Tuple:
    return sa.tuple_(
        sa.literal(event_at, sa.DateTime(timezone=True)), sa.literal(sequence, sa.BigInteger)
    )


def _place_of(db: DbReader, summary: Summary) -> tuple[Any, Any]:
    row = db.row(
        sa.select(messages.c.event_at, messages.c.sequence).where(
            messages.c.message_id == summary.through, messages.c.user_id == summary.user_id
        )
    )
    if row is None:
        raise InvalidArgument("through_message_id", "must be a message of this person")
    return row.event_at, row.sequence


def _store(db: DbWriter, summary: Summary, through: tuple[Any, Any], at: datetime) -> None:
    covered = sa.select(sa.func.count()).where(
        messages.c.user_id == summary.user_id, _place(*through) >= _WRITTEN
    )
    db.execute(
        sa.update(conversation_state)
        .where(conversation_state.c.user_id == summary.user_id)
        .values(
            summary=summary.text,
            summary_version=summary.expected_version + 1,
            summarized_count=covered.scalar_subquery(),
            summarized_until=through[0],
            summarized_sequence=through[1],
            updated_at=at,
        )
    )
