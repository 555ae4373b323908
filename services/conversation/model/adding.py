"""New texts: stored as the next of their people, and counted."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from kit.binary_arrays import Array, bigints, integers, moments, texts, uuids
from kit.database import AnyRow, DbWriter
from kit.ids import uuid7
from services.conversation.delivery import MessageState
from services.conversation.message import Direction, Disposition, Media, Message, MessageKind
from services.conversation.model.uniqueness import lost_race_if_taken
from services.conversation.sql import statement


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A text to be stored. An inbound one has a provider_sid and a disposition, one of ours has a
    request_key and segments."""

    user_id: UUID
    kind: MessageKind
    body: str
    event_at: datetime
    media: tuple[Media, ...] = ()
    provider_sid: str | None = None
    disposition: Disposition | None = None
    request_key: str | None = None
    segments: int = 0


@dataclass(frozen=True, slots=True)
class Added:
    """The text as stored, the sequence of the first text that its person ever sent, and what it
    wants, if it is theirs."""

    message: Message
    first_inbound_sequence: int | None
    disposition: Disposition | None


def add_messages(
    db: DbWriter, direction: Direction, new: Sequence[NewMessage], at: datetime
) -> list[Added]:
    """Stores texts that all go in one direction, each person's in this order.

    Whoever needs to know a person's messages before it adds one locks the person first. Raises
    LostRace where a provider's id or a request key was stored meanwhile.
    """
    if not new:
        return []
    inbound = direction is Direction.INBOUND
    state = MessageState.RECEIVED if inbound else MessageState.PREPARED
    message_ids = [uuid7() for _ in new]
    params = {
        "at": at,
        "direction": direction,
        "state": state,
        "first_inbound": 1 if inbound else None,
        "message_ids": uuids(message_ids),
        **_counts_of_people(new),
        **_columns(new),
    }
    with lost_race_if_taken():
        rows = {row.message_id: row for row in db.rows(statement("add_messages"), params)}
    return [
        Added(
            _stored(each, message_id, rows[message_id], direction, state, at),
            rows[message_id].first_inbound_sequence,
            each.disposition,
        )
        for message_id, each in zip(message_ids, new, strict=True)
    ]


def _stored(
    new: NewMessage,
    message_id: UUID,
    row: AnyRow,
    direction: Direction,
    state: MessageState,
    at: datetime,
) -> Message:
    return Message(
        row_id=row.id,
        message_id=message_id,
        user_id=new.user_id,
        direction=direction,
        kind=new.kind,
        sequence=row.sequence,
        body=new.body,
        media=new.media,
        provider_sid=new.provider_sid,
        request_key=new.request_key,
        state=state,
        error_code="",
        segments=new.segments,
        event_at=new.event_at,
        attempt=None,
        first_begun_at=None,
        created_at=at,
        updated_at=at,
    )


def _counts_of_people(new: Sequence[NewMessage]) -> dict[str, Array]:
    """What each person gets more of; and of each text, how many of its person's come after it."""
    people = Counter(each.user_id for each in new)
    answers = Counter(each.user_id for each in new if each.kind is MessageKind.ANSWER)
    left = dict(people)
    later = []
    for each in new:
        left[each.user_id] -= 1
        later.append(left[each.user_id])
    return {
        "people": uuids(people),
        "texts": bigints(people.values()),
        "answers": bigints(answers[person] for person in people),
        "later": bigints(later),
    }


def _columns(new: Sequence[NewMessage]) -> dict[str, Array]:
    return {
        "user_ids": uuids(each.user_id for each in new),
        "kinds": texts(each.kind for each in new),
        "bodies": texts(each.body for each in new),
        "media": texts(_json(each.media) for each in new),
        "provider_sids": texts(each.provider_sid for each in new),
        "request_keys": texts(each.request_key for each in new),
        "dispositions": texts(each.disposition for each in new),
        "segments": integers(each.segments for each in new),
        "event_times": moments(each.event_at for each in new),
    }


def _json(media: tuple[Media, ...]) -> str:
    return json.dumps([asdict(each) for each in media]) if media else "[]"
