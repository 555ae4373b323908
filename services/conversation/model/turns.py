"""What an answer begins with: all that a person waits for, admitted, and what was said before."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from kit.binary_arrays import uuids
from kit.database import DbWriter
from kit.refusals import InvalidArgument, Refusal
from services.conversation.message import Admission, Disposition, Message
from services.conversation.model.admission import Asking, Limits, decide
from services.conversation.model.conversation import Conversation, Look, conversations_of
from services.conversation.model.lock import lock_people
from services.conversation.model.messages import (
    COLUMNS,
    MOST_UNANSWERED,
    by_person,
    message_of,
    outbound_by_key,
    unanswered_rows,
)
from services.conversation.model.model_use import TokenLimits
from services.conversation.tables import messages

_WAITING: Final = unanswered_rows(*COLUMNS, messages.c.admission)


@dataclass(frozen=True, slots=True)
class Opening:
    """Somebody is to be answered. request_key: under which the answer will be prepared."""

    user_id: UUID
    request_key: str


@dataclass(frozen=True, slots=True)
class Turn:
    """The answer, where it was prepared before; else the texts that wait, by event time, whether
    each is answered, and the conversation, None where none waits."""

    prepared: Message | None = None
    waiting: Sequence[tuple[Message, Admission]] = ()
    conversation: Conversation | None = None


def open_turns(
    db: DbWriter,
    openings: Sequence[Opening],
    limits: Limits,
    tokens: TokenLimits,
    at: datetime,
    recent_limit: int,
) -> list[Turn | Refusal]:
    """Opens turns, one after the other; InvalidArgument where a key is another person's.

    limits: of how many texts are answered. tokens: of what the model may cost on the day of `at`.
    recent_limit: how many of the newest messages a conversation has.
    """
    # Before anything is looked for, or an answer that is stored meanwhile would be seen neither as
    # prepared nor by what waits for it.
    lock_people(db, {opening.user_id for opening in openings})
    known = outbound_by_key(db, {opening.request_key for opening in openings})
    people = {each.user_id for each in openings if each.request_key not in known}
    waiting = _admitted(db, people, limits, at) if people else {}
    looks = [Look(user_id, recent_limit) for user_id in waiting]
    found = conversations_of(db, looks, tokens, at) if looks else []
    conversations = {each.user_id: each for each in found if not isinstance(each, Refusal)}

    def turn(opening: Opening) -> Turn | Refusal:
        prepared = known.get(opening.request_key)
        if prepared is None:
            user_id = opening.user_id
            return Turn(None, waiting.get(user_id, ()), conversations.get(user_id))
        if prepared.user_id != opening.user_id:
            return InvalidArgument("request_key", "was used for another person")
        return Turn(prepared)

    return [turn(opening) for opening in openings]


def _admitted(
    db: DbWriter, user_ids: Collection[UUID], limits: Limits, at: datetime
) -> dict[UUID, Sequence[tuple[Message, Admission]]]:
    """What waits of these people, who are locked."""
    params = {"asked_user_id": uuids(user_ids), "most": MOST_UNANSWERED}
    admissions: dict[UUID, Admission | None] = {}
    found = []
    for *row, admission in db.rows(_WAITING, params):
        message = message_of(row)
        found.append(message)
        admissions[message.message_id] = Admission(admission) if admission else None
    people = by_person(found)
    asking = [
        Asking(
            text.row_id,
            text.message_id,
            text.user_id,
            Disposition.TO_ANSWER,
            admissions[text.message_id],
        )
        for texts in people.values()
        for text in texts
    ]
    decided = decide(db, asking, limits, at) if asking else {}
    return {
        user_id: [(text, decided[text.message_id]) for text in texts]
        for user_id, texts in people.items()
    }
