"""What became of texts of ours: read and locked, changed one by one, written at once."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from kit.arrays import any_of, one_of
from kit.binary_arrays import bigints, integers, moments, texts, uuids
from kit.database import DbWriter
from services.conversation.delivery import UNDECIDED
from services.conversation.message import Direction, Message, MessageKind
from services.conversation.model.messages import COLUMNS, message_of
from services.conversation.model.uniqueness import lost_race_if_taken
from services.conversation.segments import segments_of
from services.conversation.sql import statement
from services.conversation.tables import messages

_NAMED: Final = any_of(messages.c.message_id, "message_ids")
_BY_SID: Final = any_of(messages.c.provider_sid, "provider_sids")
# Not FOR UPDATE: an answer's foreign key would wait for the text that it points at.
_LOCKED_BY_ID, _LOCKED = (
    sa.select(*COLUMNS).where(named).order_by(messages.c.id).with_for_update(key_share=True)
    for named in (_NAMED, _NAMED | _BY_SID)
)

RESTORED_KINDS: Final = frozenset({MessageKind.RESTORED, MessageKind.RESTORED_NOTICE})


class Changes:
    """Texts that are locked, as they are after the changes so far."""

    def __init__(self, found: Collection[Message]) -> None:
        self._by_id = {message.message_id: message for message in found}
        self._by_sid = {m.provider_sid: m for m in found if m.provider_sid is not None}
        self._changed: set[UUID] = set()
        self._restored: list[Message] = []
        self._said: set[UUID] = set()
        self._gone: list[int] = []

    @property
    def row_ids(self) -> list[int]:
        """Row keys of all that are locked."""
        return [message.row_id for message in self._by_id.values()]

    def by_id(self, message_id: UUID) -> Message | None:
        """The text of ours with this id."""
        message = self._by_id.get(message_id)
        return message if message and message.direction is Direction.OUTBOUND else None

    def by_sid(self, provider_sid: str) -> Message | None:
        """The text with this id of the provider's, whosever it is."""
        message = self._by_sid.get(provider_sid)
        return message and self._by_id[message.message_id]

    def change(self, message: Message, at: datetime, **values: Any) -> Message:
        """The text with other values, from now on."""
        changed = replace(message, updated_at=at, **values)
        self._by_id[message.message_id] = changed
        if changed.provider_sid is not None:
            self._by_sid[changed.provider_sid] = changed
        self._changed.add(message.message_id)
        return changed

    def undecided(self) -> Sequence[Message]:
        """Those of our texts of which nobody knows that the provider has them."""
        ours = (each for each in self._by_id.values() if each.direction is Direction.OUTBOUND)
        return [message for message in ours if message.state in UNDECIDED]

    def add_restored(self, found: Sequence[Message]) -> None:
        """Texts of which only the provider knew, locked too."""
        self._by_id.update({message.message_id: message for message in found})
        self._restored += found

    def restored_to(self, user_id: UUID) -> Sequence[Message]:
        """Those of the person's texts of which only the provider knew, and that no text is yet."""
        return [message for message in self._restored if message.user_id == user_id]

    def was_sent(
        self, message: Message, at: datetime, *, body: str, sent_at: datetime, **values: Any
    ) -> Message:
        """The text after the provider showed what it took for it, and when."""
        self._said.add(message.message_id)
        segments = segments_of(body)
        return self.change(message, at, body=body, segments=segments, event_at=sent_at, **values)

    def forget(self, restored: Message) -> None:
        """This is no text of its own any more: another one is it."""
        self._restored = [each for each in self._restored if each.row_id != restored.row_id]
        del self._by_id[restored.message_id]
        self._by_sid.pop(restored.provider_sid or "", None)
        self._changed.discard(restored.message_id)
        self._gone.append(restored.row_id)

    def write(self, db: DbWriter) -> None:
        """Stores what was changed. Raises LostRace where an id of the provider's was taken."""
        if self._gone:
            db.execute(sa.delete(messages).where(one_of(messages.c.id, self._gone)))
        if not self._changed:
            return
        changed = [self._by_id[message_id] for message_id in self._changed]
        attempts = [message.attempt for message in changed]
        params = {
            "ids": bigints(message.row_id for message in changed),
            "states": texts(message.state for message in changed),
            "provider_sids": texts(message.provider_sid for message in changed),
            "error_codes": texts(message.error_code for message in changed),
            "begin_tokens": texts(each.token if each else None for each in attempts),
            "begun_at": moments(each.begun_at if each else None for each in attempts),
            "first_begun_at": moments(message.first_begun_at for message in changed),
            "updated_at": moments(message.updated_at for message in changed),
        }
        with lost_race_if_taken():
            db.execute(statement("change_messages"), params)
        if self._said:
            said = [self._by_id[message_id] for message_id in self._said]
            params = {
                "ids": bigints(message.row_id for message in said),
                "bodies": texts(message.body for message in said),
                "segments": integers(message.segments for message in said),
                "sent_at": moments(message.event_at for message in said),
            }
            db.execute(statement("say_what_was_sent"), params)


def locked_texts(
    db: DbWriter, message_ids: Collection[UUID], provider_sids: Collection[str] = ()
) -> Changes:
    """The texts with these ids, ours or the provider's, locked in the order of their row keys."""
    params = {"message_ids": uuids(message_ids)}
    if not provider_sids:
        rows = db.rows(_LOCKED_BY_ID, params)
    else:
        rows = db.rows(_LOCKED, params | {"provider_sids": texts(provider_sids)})
    return Changes([message_of(row) for row in rows])


def locked_rows(db: DbWriter, row_ids: Collection[int]) -> Sequence[Message]:
    """The texts in these rows, as far as they are there still, locked in this order."""
    stmt = sa.select(*COLUMNS).where(one_of(messages.c.id, row_ids)).order_by(messages.c.id)
    return [message_of(row) for row in db.rows(stmt.with_for_update(key_share=True))]
