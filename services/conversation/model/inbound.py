"""Texts that people sent: stored once, answered or dismissed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from kit.database import DbWriter
from kit.refusals import InvalidArgument
from services.conversation.delivery import MessageState
from services.conversation.message import Direction, Disposition, Media, Message, MessageKind
from services.conversation.model.lock import lock_or_make_person, lock_person
from services.conversation.model.messages import add_message, message_by_sid
from services.conversation.model.uniqueness import provider_sid_or_refuse
from services.conversation.refusals import ProviderSidTaken
from services.conversation.tables import messages


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
    """The text as stored; whether this call stored it; whether it is the person's very first."""

    message: Message
    created: bool
    first_contact: bool


def record_inbound(db: DbWriter, text: InboundText, at: datetime) -> Recorded:
    """Stores a text, once for a provider_sid; a repeat returns the first one, whatever it says.

    Raises ProviderSidTaken where the id is a text of ours or of somebody else.
    """
    locked = lock_or_make_person(db, text.user_id, at)
    known = message_by_sid(db, text.provider_sid)
    if known is not None:
        if known.user_id != text.user_id or known.direction is not Direction.INBOUND:
            raise ProviderSidTaken
        return Recorded(known, False, known.sequence == locked.first_inbound_sequence)
    values = {
        "direction": Direction.INBOUND,
        "kind": MessageKind.TEXT,
        "state": MessageState.RECEIVED,
        "body": text.body,
        "media": [asdict(media) for media in text.media],
        "provider_sid": text.provider_sid,
        "disposition": text.disposition,
        "event_at": text.event_at,
    }
    with provider_sid_or_refuse():
        message = add_message(db, locked, values, at)
    return Recorded(message, True, locked.first_inbound_sequence is None)


def dismiss(db: DbWriter, user_id: UUID, message_ids: Collection[UUID], at: datetime) -> None:
    """Decides that these texts of the person get no answer; one dismissed before stays so.

    Raises InvalidArgument where one of them is no text of theirs.
    """
    lock_person(db, user_id)
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
