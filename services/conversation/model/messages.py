"""Texts as rows: read one by one or in order, and added."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from kit.database import AnyRow, DbReader, DbWriter
from kit.ids import uuid7
from kit.paging import Page
from services.conversation.delivery import MessageState
from services.conversation.message import Attempt, Direction, Media, Message, MessageKind
from services.conversation.model.lock import Locked
from services.conversation.tables import UNANSWERED, conversation_state, messages

MOST_UNANSWERED: Final = 100
# Bodies of a page, in bytes: half of what a gRPC message of ours may hold.
MOST_BYTES: Final = 2 * 1024 * 1024

_COLUMNS: Final = (
    messages.c.id,
    messages.c.message_id,
    messages.c.user_id,
    messages.c.direction,
    messages.c.kind,
    messages.c.sequence,
    messages.c.body,
    messages.c.media,
    messages.c.provider_sid,
    messages.c.state,
    messages.c.error_code,
    messages.c.segments,
    messages.c.event_at,
    messages.c.begin_token,
    messages.c.begun_at,
    messages.c.first_begun_at,
    messages.c.created_at,
    messages.c.updated_at,
)


def message_where(db: DbReader, *conditions: sa.ColumnElement[bool]) -> Message | None:
    """The one text that meets unique conditions, None where there is none."""
    row = db.row(sa.select(*_COLUMNS).where(*conditions))
    return None if row is None else _message(row)


def outbound_by_id(db: DbReader, message_id: UUID) -> Message | None:
    """A text of ours by its id."""
    return message_where(
        db, messages.c.message_id == message_id, messages.c.direction == Direction.OUTBOUND
    )


def outbound_by_key(db: DbReader, request_key: str) -> Message | None:
    """A text of ours by the key that it was prepared under."""
    return message_where(db, messages.c.request_key == request_key)


def message_by_sid(db: DbReader, provider_sid: str) -> Message | None:
    """A text by the provider's id."""
    return message_where(db, messages.c.provider_sid == provider_sid)


def recent_messages(db: DbReader, user_id: UUID, limit: int) -> Sequence[Message]:
    """The newest texts of a person by event time, oldest of them first."""
    stmt = (
        sa.select(*_COLUMNS)
        .where(messages.c.user_id == user_id)
        .order_by(messages.c.event_at.desc(), messages.c.sequence.desc())
        .limit(limit)
    )
    return [_message(row) for row in reversed(db.rows(stmt))]


def list_messages(db: DbReader, user_id: UUID, page: Page) -> tuple[Sequence[Message], str]:
    """One page of a person's texts by event time, newest first; shorter where texts are long."""
    stmt = sa.select(*_COLUMNS).where(messages.c.user_id == user_id)
    rows = db.rows(page.select(stmt, messages.c.event_at, messages.c.sequence, descending=True))
    found = [_message(row) for row in rows]
    size = fitting(found, page.size)
    return Page(size, page.after).cut(found[: size + 1], key=lambda m: (m.event_at, m.sequence))


def fitting(found: Sequence[Message], most: int) -> int:
    """How many of these texts fit into one answer: `most`, fewer by MOST_BYTES, at least one."""
    room = MOST_BYTES
    for count, message in enumerate(found[:most]):
        room -= len(message.body.encode())
        room -= sum(len(media.url) + len(media.content_type) for media in message.media)
        if room < 0:
            return max(count, 1)
    return most


def unanswered_messages(db: DbReader, user_id: UUID) -> Sequence[Message]:
    """A person's texts that still want an answer, by event time, the first hundred."""
    stmt = (
        sa.select(*_COLUMNS)
        .where(messages.c.user_id == user_id, sa.text(UNANSWERED))
        .order_by(messages.c.event_at, messages.c.sequence)
        .limit(MOST_UNANSWERED)
    )
    return [_message(row) for row in db.rows(stmt)]


def add_message(db: DbWriter, locked: Locked, values: Mapping[str, Any], at: datetime) -> Message:
    """Stores a text of the person who is locked, as their next one, and counts it.

    values: the columns that the caller decides. Raises IntegrityError where the provider's id or
    the request key is another person's.
    """
    sequence = locked.message_count + 1
    row = db.row(
        sa.insert(messages)
        .values(
            message_id=uuid7(),
            user_id=locked.user_id,
            sequence=sequence,
            created_at=at,
            updated_at=at,
            **values,
        )
        .returning(*_COLUMNS)
    )
    assert row is not None, "an insert returned nothing"
    message = _message(row)
    state = conversation_state.c
    counted: dict[str, Any] = {
        "message_count": sequence,
        "updated_at": at,
    }
    if message.direction is Direction.INBOUND:
        counted["first_inbound_sequence"] = sa.func.coalesce(state.first_inbound_sequence, sequence)
    if message.kind is MessageKind.ANSWER:
        counted["answer_count"] = state.answer_count + 1
    db.execute(
        sa.update(conversation_state).where(state.user_id == locked.user_id).values(**counted)
    )
    return message


def change_message(db: DbWriter, message: Message, at: datetime, **values: Any) -> Message:
    """Changes columns of one text, whose person is locked, and returns it as it is then."""
    row = db.row(
        sa.update(messages)
        .where(messages.c.id == message.row_id)
        .values(updated_at=at, **values)
        .returning(*_COLUMNS)
    )
    assert row is not None, "a text vanished while its person was locked"
    return _message(row)


def _message(row: AnyRow) -> Message:
    attempt = None if row.begin_token is None else Attempt(row.begin_token, row.begun_at)
    return Message(
        row_id=row.id,
        message_id=row.message_id,
        user_id=row.user_id,
        direction=Direction(row.direction),
        kind=MessageKind(row.kind),
        sequence=row.sequence,
        body=row.body,
        media=tuple(Media(**media) for media in row.media),
        provider_sid=row.provider_sid,
        state=MessageState(row.state),
        error_code=row.error_code,
        segments=row.segments,
        event_at=row.event_at,
        attempt=attempt,
        first_begun_at=row.first_begun_at,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
