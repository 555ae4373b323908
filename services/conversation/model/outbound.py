"""Texts that we send: stored before they leave."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from kit.database import AnyRow, DbWriter
from kit.refusals import InvalidArgument
from services.conversation.delivery import MessageState
from services.conversation.message import Direction, Message, MessageKind
from services.conversation.model.lock import lock_or_make_person
from services.conversation.model.messages import add_message, outbound_by_key
from services.conversation.model.uniqueness import key_of_somebody_else, request_key_or_refuse
from services.conversation.refusals import AlreadyAnswered
from services.conversation.segments import segments_of
from services.conversation.tables import messages


@dataclass(frozen=True, slots=True)
class Draft:
    """A text to be sent; answers: ids of the person's texts that it answers."""

    user_id: UUID
    request_key: str
    body: str
    answers: frozenset[UUID]
    kind: MessageKind


def prepare_outbound(db: DbWriter, draft: Draft, at: datetime) -> tuple[Message, bool]:
    """Stores a text before it is sent, once for a request_key; True where this call stored it.

    A repeat returns the first text before anything else is looked at. Raises AlreadyAnswered where
    one of `answers` is answered already, InvalidArgument where one is no text of the person.
    """
    locked = lock_or_make_person(db, draft.user_id, at)
    known = outbound_by_key(db, draft.request_key)
    if known is not None:
        if known.user_id != draft.user_id:
            raise key_of_somebody_else()
        return known, False
    answered = _texts_to_answer(db, draft.user_id, draft.answers)
    values = {
        "direction": Direction.OUTBOUND,
        "kind": draft.kind,
        "state": MessageState.PREPARED,
        "body": draft.body,
        "request_key": draft.request_key,
        "segments": segments_of(draft.body),
        # our clock may lag behind the one that stamped their texts: an answer follows its question
        "event_at": max([at, *(row.event_at for row in answered)]),
    }
    with request_key_or_refuse():
        message = add_message(db, locked, values, at)
    if answered:
        db.execute(
            sa.update(messages)
            .where(messages.c.id.in_([row.id for row in answered]))
            .values(answered_by=message.row_id, updated_at=at)
        )
    return message, True


def _texts_to_answer(db: DbWriter, user_id: UUID, message_ids: Collection[UUID]) -> list[AnyRow]:
    if not message_ids:
        return []
    rows = db.rows(
        sa.select(messages.c.id, messages.c.event_at, messages.c.answered_by).where(
            messages.c.user_id == user_id,
            messages.c.direction == Direction.INBOUND,
            messages.c.message_id.in_(message_ids),
        )
    )
    if len(rows) != len(message_ids):
        raise InvalidArgument("answers", "must all be texts of this person")
    if any(row.answered_by is not None for row in rows):
        raise AlreadyAnswered
    return list(rows)
