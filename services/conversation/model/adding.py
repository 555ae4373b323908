"""New texts: stored as the next of their people, and counted."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from kit.database import DbWriter
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
    """The text as stored, and the sequence of the first text that its person ever sent."""

    message: Message
    first_inbound_sequence: int | None


def _json(media: tuple[Media, ...]) -> str:
    return json.dumps([asdict(each) for each in media]) if media else "[]"


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
    people = Counter(each.user_id for each in new)
    answers = Counter(each.user_id for each in new if each.kind is MessageKind.ANSWER)
    left = dict(people)
    later = []
    for each in new:
        left[each.user_id] -= 1
        later.append(left[each.user_id])
    params = {
        "at": at,
        "direction": direction,
        "state": state,
        "first_inbound": 1 if inbound else None,
        "people": list(people),
        "texts": list(people.values()),
        "answers": [answers[person] for person in people],
        "message_ids": message_ids,
        "user_ids": [each.user_id for each in new],
        "later": later,
        "kinds": [each.kind for each in new],
        "bodies": [each.body for each in new],
        "media": [_json(each.media) for each in new],
        "provider_sids": [each.provider_sid for each in new],
        "request_keys": [each.request_key for each in new],
        "dispositions": [each.disposition for each in new],
        "segments": [each.segments for each in new],
        "event_times": [each.event_at for each in new],
    }
    with lost_race_if_taken():
        rows = {row.message_id: row for row in db.rows(statement("add_messages"), params)}
    return [
        Added(
            Message(
                row_id=rows[message_id].id,
                message_id=message_id,
                user_id=each.user_id,
                direction=direction,
                kind=each.kind,
                sequence=rows[message_id].sequence,
                body=each.body,
                media=each.media,
                provider_sid=each.provider_sid,
                request_key=each.request_key,
                state=state,
                error_code="",
                segments=each.segments,
                event_at=each.event_at,
                attempt=None,
                first_begun_at=None,
                created_at=at,
                updated_at=at,
            ),
            rows[message_id].first_inbound_sequence,
        )
        for message_id, each in zip(message_ids, new, strict=True)
    ]
