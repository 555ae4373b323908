"""People's texts as what an answer may be for."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from kit.arrays import any_of
from kit.binary_arrays import uuids
from kit.database import DbReader
from services.conversation.message import Direction
from services.conversation.model.messages import unanswered_rows
from services.conversation.tables import UNANSWERED, messages


@dataclass(slots=True)
class Question:
    """A text of a person.

    written: its place in the transcript. waits: it wants an answer. answered: it has one.
    """

    row_id: int
    user_id: UUID
    written: tuple[datetime, int]
    waits: bool
    answered: bool


class Questions:
    """Texts that answers are for, and what else of the same people waits, as things stand."""

    def __init__(self, found: dict[UUID, Question]) -> None:
        self._found = found
        self._waiting: dict[UUID, list[Question]] = {}
        for question in found.values():
            if question.waits:
                self._waiting.setdefault(question.user_id, []).append(question)

    def of(self, user_id: UUID, message_ids: Collection[UUID]) -> list[Question] | None:
        """The texts of a person with these ids; None where one of them is no text of theirs."""
        found = [self._found[each] for each in message_ids if each in self._found]
        theirs = [question for question in found if question.user_id == user_id]
        return theirs if len(theirs) == len(message_ids) else None

    def overtaken(self, user_id: UUID, asked: Collection[Question]) -> bool:
        """Whether another text of the person waits that was written before one of these."""
        last = max((question.written for question in asked), default=None)
        named = {question.row_id for question in asked}
        return last is not None and any(
            question.written < last and question.row_id not in named
            for question in self._waiting.get(user_id, ())
        )

    def answer(self, asked: Iterable[Question]) -> None:
        """From now on these have an answer."""
        for question in asked:
            question.answered = True
            if question.waits:
                question.waits = False
                self._waiting[question.user_id].remove(question)


def questions_of(
    db: DbReader, user_ids: Collection[UUID], message_ids: Collection[UUID]
) -> Questions:
    """The texts with these ids, and what waits of these people, who are locked."""
    if not message_ids:
        return Questions({})
    params = {
        "message_ids": uuids(message_ids),
        "asked_user_id": uuids(set(user_ids)),
        # Of so many at least one is not named, if there is one that is not.
        "most": len(message_ids) + 1,
    }
    return Questions(
        {
            message_id: Question(row_id, user_id, (event_at, sequence), waits, answered)
            for row_id, message_id, user_id, event_at, sequence, waits, answered in db.rows(
                _QUESTIONS, params
            )
        }
    )


def _questions() -> sa.CompoundSelect[Any]:
    message = messages.c
    columns: tuple[sa.ColumnElement[Any], ...] = (
        message.id,
        message.message_id,
        message.user_id,
        message.event_at,
        message.sequence,
        sa.literal_column(UNANSWERED).label("waits"),
        message.answered_by.is_not(None).label("answered"),
    )
    named = sa.select(*columns).where(
        any_of(message.message_id, "message_ids"), message.direction == Direction.INBOUND
    )
    return sa.union_all(named, unanswered_rows(*columns))


_QUESTIONS: Final = _questions()
