"""The send ledger: who may hand a text to the provider, and how that ended.

A text goes from prepared to sending when somebody takes the right (and back when they give it back
untried), and from there to what the provider says, or to what we decide when we give it up.
`delivery.advanced` knows the order.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from kit.database import DbReader, DbWriter
from kit.logging import get_logger
from services.conversation.delivery import (
    GIVEN_UP,
    UNDECIDED,
    MessageState,
    SendFailure,
    advanced,
    state_of_word,
)
from services.conversation.message import Direction, Message
from services.conversation.model.lock import lock_person, lock_person_of_outbound
from services.conversation.model.messages import change_message, message_by_sid, outbound_by_id
from services.conversation.model.uniqueness import provider_sid_or_refuse
from services.conversation.refusals import MessageNotFound, ProviderSidTaken
from services.conversation.tables import messages

log = get_logger(__name__)


class SendPermission(Enum):
    """The answer to somebody who wants to send."""

    GRANTED = "granted"
    UNKNOWN_OUTCOME = "unknown_outcome"
    SETTLED = "settled"


@dataclass(frozen=True, slots=True)
class Status:
    """What the provider posted of a text.

    message_id: from the query of our status address, None where it carried none. word: the
    provider's own. error_code: "" where none.
    """

    message_id: UUID | None
    provider_sid: str
    word: str
    error_code: str


def begin_send(
    db: DbWriter, message_id: UUID, token: str, not_found_token: str, at: datetime
) -> tuple[SendPermission, Message]:
    """Gives the right to send to one token at a time. Raises MessageNotFound.

    not_found_token: the token that held the right when the caller learnt that the outcome is
    unknown, and who has then found that the provider does not have the text; else "". The right
    passes on only if that token still holds it.
    """
    message = _locked(db, message_id)
    if message.state not in UNDECIDED:
        return SendPermission.SETTLED, message
    holder = message.attempt.token if message.attempt else ""
    if holder == token:
        return SendPermission.GRANTED, message
    if holder and holder != not_found_token:
        return SendPermission.UNKNOWN_OUTCOME, message
    taken = change_message(
        db,
        message,
        at,
        state=MessageState.SENDING,
        begin_token=token,
        begun_at=at,
        first_begun_at=message.first_begun_at or at,
    )
    return SendPermission.GRANTED, taken


def abandon_send(db: DbWriter, message_id: UUID, token: str, at: datetime) -> Message:
    """Takes the right back from `token`, for the provider has surely not taken the text.

    The text is prepared again; when somebody first held the right stays on record. A token that
    does not hold the right changes nothing. Raises MessageNotFound.
    """
    message = _locked(db, message_id)
    holds = message.attempt is not None and message.attempt.token == token
    if not holds or message.state is not MessageState.SENDING:
        return message
    return change_message(
        db, message, at, state=MessageState.PREPARED, begin_token=None, begun_at=None
    )


def record_send_accepted(
    db: DbWriter, message_id: UUID, provider_sid: str, at: datetime
) -> Message:
    """Stores the provider's receipt: its id, and that it has the text.

    A status may have come first: then the state stays. Also for a text that we gave up: it went out
    after all. The texts that it had answered stay unanswered then, for their next answer may be on
    its way. A second id for one text is logged and changes nothing. Raises MessageNotFound, and
    ProviderSidTaken where another text has the id.
    """
    message = _locked(db, message_id)
    if message.provider_sid == provider_sid:
        return message
    if message_by_sid(db, provider_sid) is not None:
        raise ProviderSidTaken
    if message.provider_sid is not None:
        return _second_sid(message, provider_sid)
    return _taken(db, message, provider_sid, MessageState.ACCEPTED, at)


def record_send_failed(
    db: DbWriter, message_id: UUID, failure: SendFailure, error_code: str, at: datetime
) -> tuple[Message, bool]:
    """Gives a text up, unless the provider is known to have it; True where it is given up.

    The first reason stays. What an expired text answered is unanswered again. Raises
    MessageNotFound.
    """
    message = _locked(db, message_id)
    if message.state not in UNDECIDED:
        return message, message.provider_sid is None and message.state in GIVEN_UP
    if failure is SendFailure.EXPIRED:
        db.execute(
            sa.update(messages)
            .where(messages.c.answered_by == message.row_id)
            .values(answered_by=None, updated_at=at)
        )
    given_up = change_message(
        db, message, at, state=MessageState(failure.value), error_code=error_code
    )
    return given_up, True


def record_delivery(db: DbWriter, status: Status, at: datetime) -> Message | None:
    """Stores what the provider says of a text; None where no text of ours is meant.

    The provider's id says which text it is, else our message id, whose text gets the id then. A
    second id for one text is logged and changes nothing, as does a word that we do not know.
    Raises ProviderSidTaken where another person's text got the id meanwhile: ask again.
    """
    meant = _meant(db, status)
    if meant is None:
        return None
    lock_person(db, meant.user_id)
    message = _meant(db, status)
    if message is None or message.user_id != meant.user_id:
        raise ProviderSidTaken
    reported = state_of_word(status.word)
    if reported is None:
        return message
    if message.provider_sid not in (None, status.provider_sid):
        return _second_sid(message, status.provider_sid)
    return _taken(db, message, status.provider_sid, reported, at, status.error_code)


def _locked(db: DbWriter, message_id: UUID) -> Message:
    """The text, while nobody else changes anything of its person."""
    if lock_person_of_outbound(db, message_id) is None:
        raise MessageNotFound
    message = outbound_by_id(db, message_id)
    if message is None:
        raise MessageNotFound
    return message


def _meant(db: DbReader, status: Status) -> Message | None:
    message = message_by_sid(db, status.provider_sid)
    if message is None and status.message_id is not None:
        return outbound_by_id(db, status.message_id)
    return message if message and message.direction is Direction.OUTBOUND else None


def _taken(
    db: DbWriter,
    message: Message,
    provider_sid: str,
    reported: MessageState,
    at: datetime,
    error_code: str = "",
) -> Message:
    """The text after the provider showed that it has it."""
    state = advanced(message.state, reported)
    changes: dict[str, Any] = {}
    if state is not message.state:
        changes["state"] = state
    if message.provider_sid is None:
        changes["provider_sid"] = provider_sid
    if error_code and state is reported and not message.error_code:
        changes["error_code"] = error_code
    if not changes:
        return message
    with provider_sid_or_refuse():
        return change_message(db, message, at, **changes)


def _second_sid(message: Message, provider_sid: str) -> Message:
    """The provider took one text twice; the operator should know, the ledger keeps the first."""
    log.warning(
        "second_provider_sid",
        message_id=str(message.message_id),
        first_sid=message.provider_sid,
        second_sid=provider_sid,
    )
    return message
