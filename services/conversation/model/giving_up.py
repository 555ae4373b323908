"""Texts of ours that will not be sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from kit.database import DbWriter
from services.conversation.delivery import GIVEN_UP, UNDECIDED, MessageState, SendFailure
from services.conversation.message import Message, MessageKind
from services.conversation.model.changing import locked_texts
from services.conversation.model.lock import lock_writers
from services.conversation.refusals import MessageNotFound
from services.conversation.tables import conversation_state, messages


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a text will not be sent. error_code: the provider's, or the gate that was closed, "" for
    none."""

    message_id: UUID
    why: SendFailure
    error_code: str


@dataclass(frozen=True, slots=True)
class GivenUp:
    """The text, and whether it is given up: not where the provider is known to have it."""

    message: Message
    recorded: bool


def record_send_failed(db: DbWriter, failure: Failure, at: datetime) -> GivenUp:
    """Gives a text up, unless the provider is known to have it.

    The first reason stays. What an expired text answered is unanswered again, and an answer that
    never left is none of those that the person was given. Raises MessageNotFound.
    """
    lock_writers(db, [failure.message_id])  # first, as whoever adds texts does
    texts = locked_texts(db, [failure.message_id])
    message = texts.by_id(failure.message_id)
    if message is None:
        raise MessageNotFound
    if message.state not in UNDECIDED:
        return GivenUp(message, message.provider_sid is None and message.state in GIVEN_UP)
    if failure.why is SendFailure.EXPIRED:
        db.execute(
            sa.update(messages)
            .where(messages.c.answered_by == message.row_id)
            .values(answered_by=None, updated_at=at)
        )
    state = MessageState(failure.why.value)
    given_up = texts.change(message, at, state=state, error_code=failure.error_code)
    texts.write(db)
    if message.kind is MessageKind.ANSWER:
        _take_back(db, message.user_id, at)
    return GivenUp(given_up, True)


def _take_back(db: DbWriter, user_id: UUID, at: datetime) -> None:
    """One answer fewer: the next one may be the first again, and is one of the free ones."""
    state = conversation_state.c
    db.execute(
        sa.update(conversation_state)
        .where(state.user_id == user_id, state.answer_count > 0)
        .values(answer_count=state.answer_count - 1, updated_at=at)
    )
