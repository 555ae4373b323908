"""Texts as rows: found by what names them, or in order."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from kit.arrays import any_of, one_of, rows_given
from kit.binary_arrays import texts, uuids
from kit.database import AnyRow, DbReader
from kit.paging import Page
from kit.refusals import Refusal
from services.conversation.delivery import MessageState
from services.conversation.message import Attempt, Direction, Media, Message, MessageKind
from services.conversation.refusals import MessageNotFound
from services.conversation.tables import UNANSWERED, messages

MOST_UNANSWERED: Final = 100
# Bodies of a page, in bytes: half of what a gRPC message of ours may hold.
MOST_BYTES: Final = 2 * 1024 * 1024

# In the order in which message_of() takes them.
COLUMNS: Final = (
    messages.c.id,
    messages.c.message_id,
    messages.c.user_id,
    messages.c.direction,
    messages.c.kind,
    messages.c.sequence,
    messages.c.body,
    # Almost no text has any: what is null is not parsed.
    sa.func.nullif(messages.c.media, sa.literal_column("'[]'::jsonb")).label("media"),
    messages.c.provider_sid,
    messages.c.request_key,
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


_BY_KEY: Final = sa.select(*COLUMNS).where(any_of(messages.c.request_key, "request_keys"))


def _newest() -> sa.Select[Any]:
    asked = rows_given(messages.c.user_id, name="asked")
    newest = (
        sa.select(*COLUMNS)
        .where(messages.c.user_id == asked.c.user_id)
        .order_by(messages.c.event_at.desc(), messages.c.sequence.desc())
        .limit(sa.bindparam("most", type_=sa.BigInteger))
        .lateral("newest")
    )
    return sa.select(newest).select_from(asked.join(newest, sa.true()))


_NEWEST: Final = _newest()


def message_of(row: AnyRow | Sequence[Any]) -> Message:
    """The text in a row of COLUMNS."""
    (
        row_id, message_id, user_id, direction, kind, sequence, body, media, provider_sid,
        request_key, state, error_code, segments, event_at, begin_token, begun_at, first_begun_at,
        created_at, updated_at,
    ) = row  # fmt: skip
    return Message(
        row_id=row_id,
        message_id=message_id,
        user_id=user_id,
        direction=Direction(direction),
        kind=MessageKind(kind),
        sequence=sequence,
        body=body,
        media=tuple(Media(**each) for each in media or ()),
        provider_sid=provider_sid,
        request_key=request_key,
        state=MessageState(state),
        error_code=error_code,
        segments=segments,
        event_at=event_at,
        attempt=None if begin_token is None else Attempt(begin_token, begun_at),
        first_begun_at=first_begun_at,
        created_at=created_at,
        updated_at=updated_at,
    )


def outbound_messages(db: DbReader, names: Sequence[str | UUID]) -> list[Message | Refusal]:
    """Texts of ours by their request keys or their ids; MessageNotFound where there is none."""
    keys = {name for name in names if isinstance(name, str)}
    message_ids = {name for name in names if isinstance(name, UUID)}
    found: dict[str | UUID, Message] = {}
    if keys:
        found.update(outbound_by_key(db, keys))
    if message_ids:
        named = one_of(messages.c.message_id, message_ids)
        ours = messages.c.direction == Direction.OUTBOUND
        for row in db.rows(sa.select(*COLUMNS).where(named, ours)):
            message = message_of(row)
            found[message.message_id] = message
    return [found.get(name) or MessageNotFound() for name in names]


def outbound_by_key(db: DbReader, request_keys: Collection[str]) -> Mapping[str, Message]:
    """Texts of ours by the keys that they were prepared under."""
    rows = db.rows(_BY_KEY, {"request_keys": texts(request_keys)})
    found = map(message_of, rows)
    return {message.request_key: message for message in found if message.request_key is not None}


def recent_messages(
    db: DbReader, user_ids: Sequence[UUID], limit: int
) -> Mapping[UUID, Sequence[Message]]:
    """The newest texts of each of these people by event time, oldest of them first."""
    rows = db.rows(_NEWEST, {"asked_user_id": uuids(user_ids), "most": limit})
    return by_person(map(message_of, rows))


def list_messages(db: DbReader, user_id: UUID, page: Page) -> tuple[Sequence[Message], str]:
    """One page of a person's texts by event time, newest first; shorter where texts are long."""
    stmt = sa.select(*COLUMNS).where(messages.c.user_id == user_id)
    rows = db.rows(page.select(stmt, messages.c.event_at, messages.c.sequence, descending=True))
    found = [message_of(row) for row in rows]
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


def unanswered_messages(
    db: DbReader, user_ids: Collection[UUID]
) -> Mapping[UUID, Sequence[Message]]:
    """Texts of these people that still want an answer, by event time, the first hundred of each."""
    params = {"asked_user_id": uuids(set(user_ids)), "most": MOST_UNANSWERED}
    return by_person(map(message_of, db.rows(_UNANSWERED, params)))


def unanswered_rows(*columns: sa.ColumnElement[Any]) -> sa.Select[Any]:
    """The query for what still wants an answer, by event time: the first `most` of each person.

    Parameters: most; asked_user_id, an Array.
    """
    asked = rows_given(messages.c.user_id, name="asked")
    first = (
        sa.select(*columns)
        .where(messages.c.user_id == asked.c.user_id, sa.text(UNANSWERED))
        .order_by(messages.c.event_at, messages.c.sequence)
        .limit(sa.bindparam("most", type_=sa.BigInteger))
        .lateral("first")
    )
    return sa.select(first).select_from(asked.join(first, sa.true()))


_UNANSWERED: Final = unanswered_rows(*COLUMNS)


def by_person(found: Iterable[Message]) -> Mapping[UUID, Sequence[Message]]:
    """Texts of each person, by event time."""
    people: dict[UUID, list[Message]] = {}
    for message in sorted(found, key=lambda m: (m.event_at, m.sequence)):
        people.setdefault(message.user_id, []).append(message)
    return people
