"""What the provider took and a restored backup has forgotten (domain.md section 13).

After a restore the queue does again whatever it did since the backup: texts that were prepared wait
once more, texts of people come back and get answers anew, which need not say the same. So whatever
the provider lists is told to the ledger. What a text of the ledger is, takes its place; the rest is
stored, each to stand, once, for a text that somebody wants to send later.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Final
from uuid import UUID

import sqlalchemy as sa

from kit.arrays import one_of
from kit.database import DbReader, DbWriter
from services.conversation.delivery import UNDECIDED, MessageState, advanced
from services.conversation.message import Direction, Disposition, Message, MessageKind
from services.conversation.model.adding import NewMessage, add_messages
from services.conversation.model.changing import Changes, locked_rows
from services.conversation.model.lock import lock_people
from services.conversation.model.messages import COLUMNS, message_of
from services.conversation.segments import segments_of
from services.conversation.sql import statement
from services.conversation.tables import messages

ANSWERED_WITHIN: Final = timedelta(minutes=10)
"""What was sent so soon after a text of the person may be its answer, in other words."""

CLOCKS_APART: Final = timedelta(seconds=2)
"""So much before what it replies to may a text seem sent: the provider tells whole seconds."""

STANDS_FOR: Final = timedelta(days=1)
"""So long after it was told may a text stand for another; then the same words are said anew."""

HANDSET_AWAY: Final = "30003"
"""The provider's code of a text that may be said once more (domain.md section 11): it stands for
none. Whatever else did not arrive is not sent again without a restore either."""

_ALWAYS: Final = datetime(2000, 1, 1, tzinfo=UTC)


class Became(Enum):
    """What became of a text that the provider has."""

    KNOWN = "known"
    MATCHED = "matched"
    STORED = "stored"


@dataclass(frozen=True, slots=True)
class SentText:
    """A text of ours as the provider lists it. error_code: its own, "" for none. fixed: in words
    that answer no text."""

    provider_sid: str
    body: str
    sent_at: datetime
    state: MessageState
    error_code: str
    fixed: bool


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A text that nobody knows to be sent.

    since: when it can have gone out at the earliest. answers: it answers texts of the person, the
    last of which was written then.
    """

    message: Message
    since: datetime
    answers: bool

    def says(self, sent: SentText) -> bool:
        """Whether it has these words and can have gone out then."""
        in_time = sent.sent_at >= self.since - CLOCKS_APART
        return in_time and sent.body == self.message.body and sent.error_code != HANDSET_AWAY

    def is_answered_by(self, sent: SentText) -> bool:
        """Whether that may be the answer, whatever it says."""
        in_time = -CLOCKS_APART <= sent.sent_at - self.since <= ANSWERED_WITHIN
        arrives = not sent.fixed and sent.error_code != HANDSET_AWAY
        return self.answers and in_time and arrives

    def becomes(self, texts: Changes, sent: SentText, at: datetime) -> None:
        """The text is this one of the provider's."""
        texts.was_sent(
            self.message,
            at,
            body=sent.body,
            # in the transcript an answer follows its question
            sent_at=max(sent.sent_at, self.since),
            provider_sid=sent.provider_sid,
            state=advanced(self.message.state, sent.state),
            error_code=self.message.error_code or sent.error_code,
        )


def restore_sent(
    db: DbWriter, user_id: UUID, sent: Sequence[SentText], at: datetime
) -> list[Became]:
    """Tells the ledger what the provider took for a person; what it knows, changes nothing.

    Raises LostRace where one of the ids was stored beside this call.
    """
    lock_people(db, [user_id])
    known = _known_sids(db, {each.provider_sid for each in sent})
    waiting, texts = _waiting_of(db, user_id)
    became: dict[str, Became] = {}
    new: list[SentText] = []
    # The newest first, each to the newest text that it can be: so every text finds one that can.
    for each in sorted(sent, key=lambda text: text.sent_at, reverse=True):
        if each.provider_sid in known or each.provider_sid in became:
            continue
        same = [text for text in waiting if text.says(each)]
        if same:
            chosen = max(same, key=lambda text: (text.since, text.message.row_id))
            waiting.remove(chosen)
            chosen.becomes(texts, each, at)
            became[each.provider_sid] = Became.MATCHED
        else:
            new.append(each)
            became[each.provider_sid] = Became.STORED
    texts.write(db)
    _store(db, user_id, new[::-1], at)
    counts = [list(became.values()).count(each) for each in (Became.MATCHED, Became.STORED)]
    db.note("matched={} stored={}".format(*counts))
    return [became.get(each.provider_sid, Became.KNOWN) for each in sent]


def settle_what_was_sent(db: DbWriter, texts: Changes, at: datetime) -> None:
    """Of these texts, which are locked, those that the provider took before a restore are sent.

    What only the provider knew is one text each: the first that can be it by its words, else by its
    time.
    """
    people = {text.user_id for text in texts.undecided()}
    params = {"people": list(people), "since": at - STANDS_FOR}
    told = db.rows(statement("restored_texts"), params) if people else ()
    if not told:
        return
    texts.add_restored(locked_rows(db, [row.id for row in told]))
    asked = [text for text in texts.undecided() if texts.restored_to(text.user_id)]
    for waiting in sorted(_earliest(db, asked), key=lambda text: text.since):
        left = [(each, _sent_as(each)) for each in texts.restored_to(waiting.message.user_id)]
        same = [each for each in left if waiting.says(each[1])]
        found = same or [each for each in left if waiting.is_answered_by(each[1])]
        if found:
            restored, sent = min(found, key=lambda each: each[1].sent_at)
            texts.forget(restored)
            waiting.becomes(texts, sent, at)


def _sent_as(restored: Message) -> SentText:
    return SentText(
        provider_sid=restored.provider_sid or "",
        body=restored.body,
        sent_at=restored.event_at,
        state=restored.state,
        error_code=restored.error_code,
        fixed=restored.kind is MessageKind.RESTORED_NOTICE,
    )


def _known_sids(db: DbReader, sids: Collection[str]) -> frozenset[str]:
    sid = messages.c.provider_sid
    return frozenset(row.provider_sid for row in db.rows(sa.select(sid).where(one_of(sid, sids))))


def _waiting_of(db: DbWriter, user_id: UUID) -> tuple[list[_Waiting], Changes]:
    """The person's texts without an id, locked in the order of their row keys."""
    stmt = sa.select(*COLUMNS).where(
        messages.c.user_id == user_id,
        messages.c.direction == Direction.OUTBOUND,
        messages.c.state.in_(UNDECIDED),
    )
    rows = db.rows(stmt.order_by(messages.c.id).with_for_update(key_share=True))
    found = [message_of(row) for row in rows]
    return _earliest(db, found), Changes(found)


def _earliest(db: DbReader, found: Sequence[Message]) -> list[_Waiting]:
    """These texts with when each can have gone out: not before what it replies to was written.

    Of a reply to STOP, START or HELP that is taken to be the person's last such word. A crisis
    reply counts from when it was prepared, for its text may not be stored yet: rather one too many.
    """
    if not found:
        return []
    questions = _last_questions(db, [message.row_id for message in found])
    replies = [each for each in found if each.kind is MessageKind.KEYWORD_REPLY]
    words = _last_words(db, {each.user_id for each in replies}) if replies else {}

    def since(message: Message) -> datetime:
        if message.kind is MessageKind.CRISIS_REPLY:
            return message.created_at
        if message.kind is MessageKind.KEYWORD_REPLY:
            return words.get(message.user_id, _ALWAYS)
        return questions.get(message.row_id, _ALWAYS)

    return [_Waiting(each, since(each), each.row_id in questions) for each in found]


def _last_questions(db: DbReader, row_ids: Sequence[int]) -> Mapping[int, datetime]:
    """By the row of each of our texts, when the last text was written that it answers."""
    message = messages.c
    last = sa.select(message.answered_by, sa.func.max(message.event_at).label("at"))
    stmt = last.where(one_of(message.answered_by, row_ids)).group_by(message.answered_by)
    return {row.answered_by: row.at for row in db.rows(stmt)}


def _last_words(db: DbReader, user_ids: Collection[UUID]) -> Mapping[UUID, datetime]:
    """When each of these people last wrote a word that is obeyed."""
    message = messages.c
    last = sa.select(message.user_id, sa.func.max(message.event_at).label("at"))
    theirs = (one_of(message.user_id, user_ids), message.disposition == Disposition.KEYWORD)
    return {row.user_id: row.at for row in db.rows(last.where(*theirs).group_by(message.user_id))}


def _store(db: DbWriter, user_id: UUID, new: Sequence[SentText], at: datetime) -> None:
    added = add_messages(
        db,
        Direction.OUTBOUND,
        [
            NewMessage(
                user_id=user_id,
                kind=MessageKind.RESTORED_NOTICE if each.fixed else MessageKind.RESTORED,
                body=each.body,
                event_at=each.sent_at,
                provider_sid=each.provider_sid,
                request_key=f"restored:{each.provider_sid}",
                segments=segments_of(each.body),
            )
            for each in new
        ],
        at,
    )
    texts = Changes([each.message for each in added])
    for each, stored in zip(new, added, strict=True):
        texts.change(stored.message, at, state=each.state, error_code=each.error_code)
    texts.write(db)
