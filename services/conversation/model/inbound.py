"""Texts that people sent: stored once, answered or dismissed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import sqlalchemy as sa

from kit import binary_arrays
from kit.arrays import any_of
from kit.database import DbReader, DbWriter
from kit.refusals import InvalidArgument, Refusal
from services.conversation.message import Direction, Disposition, Media, Message, MessageKind
from services.conversation.model.adding import Added, NewMessage, add_messages
from services.conversation.model.lock import lock_people
from services.conversation.model.messages import COLUMNS, message_of
from services.conversation.refusals import ProviderSidTaken
from services.conversation.tables import conversation_state, messages

_BY_SID: Final = (
    sa.select(
        messages.c.provider_sid,
        conversation_state.c.first_inbound_sequence,
        messages.c.disposition,
        *COLUMNS,
    )
    .join(conversation_state, conversation_state.c.user_id == messages.c.user_id)
    .where(any_of(messages.c.provider_sid, "provider_sids"))
)


@dataclass(frozen=True, slots=True)
class InboundText:
    """One text of a person, as the provider posted it."""

    user_id: UUID
    provider_sid: str
    body: str
    media: tuple[Media, ...]
    event_at: datetime
    disposition: Disposition


@dataclass(frozen=True, slots=True)
class Recorded:
    """The text as stored; whether this call stored it; whether it is the person's very first; and
    what it wants, as whoever stored it said."""

    message: Message
    created: bool
    first_contact: bool
    disposition: Disposition


def record_inbound(
    db: DbWriter, texts: Sequence[InboundText], at: datetime
) -> list[Recorded | Refusal]:
    """Stores texts, each once for a provider_sid; a repeat returns the first, whatever it says.

    ProviderSidTaken for an id that is a text of ours or of somebody else. Raises LostRace where one
    of the ids was stored beside this call.
    """
    known = texts_by_sid(db, {text.provider_sid for text in texts})
    new: dict[str, InboundText] = {}
    for text in texts:
        if text.provider_sid not in known:
            new.setdefault(text.provider_sid, text)
    added = add_messages(db, Direction.INBOUND, [_new_message(text) for text in new.values()], at)
    stored = {**known, **dict(zip(new, added, strict=True))}
    return [
        _recorded(text, stored[text.provider_sid], new.get(text.provider_sid) is text)
        for text in texts
    ]


def texts_by_sid(db: DbReader, provider_sids: Collection[str]) -> Mapping[str, Added]:
    """Stored texts by the provider's ids, whosever they are."""
    rows = db.rows(_BY_SID, {"provider_sids": binary_arrays.texts(provider_sids)})
    return {
        sid: Added(message_of(columns), first, disposition and Disposition(disposition))
        for sid, first, disposition, *columns in rows
    }


def _new_message(text: InboundText) -> NewMessage:
    return NewMessage(
        user_id=text.user_id,
        kind=MessageKind.TEXT,
        body=text.body,
        event_at=text.event_at,
        media=text.media,
        provider_sid=text.provider_sid,
        disposition=text.disposition,
    )


def _recorded(text: InboundText, stored: Added, created: bool) -> Recorded | Refusal:
    message = stored.message
    if message.user_id != text.user_id or stored.disposition is None:
        return ProviderSidTaken()
    first_contact = message.sequence == stored.first_inbound_sequence
    return Recorded(message, created, first_contact, stored.disposition)


def dismiss(db: DbWriter, user_id: UUID, message_ids: Collection[UUID], at: datetime) -> None:
    """Decides that these texts of the person get no answer; one dismissed before stays so.

    Raises InvalidArgument where one of them is no text of theirs.
    """
    lock_people(db, [user_id])
    theirs = (
        messages.c.user_id == user_id,
        messages.c.direction == Direction.INBOUND,
        messages.c.message_id.in_(message_ids),
    )
    found = db.scalar(sa.select(sa.func.count()).select_from(messages).where(*theirs))
    if found != len(message_ids):
        raise InvalidArgument("message_ids", "must all be texts of this person")
    db.execute(
        sa.update(messages)
        .where(*theirs, messages.c.dismissed_at.is_(None))
        .values(dismissed_at=at, updated_at=at)
    )
