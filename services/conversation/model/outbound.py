"""Texts that we send: stored before they leave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from kit.binary_arrays import bigints, booleans
from kit.database import DbWriter
from kit.refusals import InvalidArgument, Refusal
from services.conversation.message import Direction, Message, MessageKind
from services.conversation.model.adding import NewMessage, add_messages
from services.conversation.model.lock import lock_people
from services.conversation.model.messages import outbound_by_key
from services.conversation.model.questions import Question, Questions, questions_of
from services.conversation.refusals import AlreadyAnswered, EarlierUnanswered
from services.conversation.segments import segments_of
from services.conversation.sql import statement


@dataclass(frozen=True, slots=True)
class Draft:
    """A text to be sent; answers: ids of the person's texts that it answers."""

    user_id: UUID
    request_key: str
    body: str
    answers: frozenset[UUID]
    kind: MessageKind


@dataclass(frozen=True, slots=True)
class Prepared:
    """The text as stored, and whether this call stored it."""

    message: Message
    created: bool


@dataclass(frozen=True, slots=True)
class _Answer:
    """A draft that is to be stored, and what it answers."""

    draft: Draft
    asked: Sequence[Question]


def prepare_outbound(
    db: DbWriter, drafts: Sequence[Draft], at: datetime
) -> list[Prepared | Refusal]:
    """Stores texts before they are sent, each once for a request_key.

    What a crisis reply answers becomes a crisis text, on which nothing is spent. A repeat returns
    the first text before anything else is looked at. Refusals: InvalidArgument where the key is
    another person's or one of `answers` is no text of the person, AlreadyAnswered where one of them
    has an answer, EarlierUnanswered where the answer would overtake a text that waits.
    Raises LostRace where one of the keys was stored beside this call.
    """
    lock_people(db, {draft.user_id for draft in drafts})
    known = outbound_by_key(db, {draft.request_key for draft in drafts})
    questions = questions_of(
        db,
        {draft.user_id for draft in drafts if draft.answers},
        {each for draft in drafts if draft.request_key not in known for each in draft.answers},
    )
    new: dict[str, _Answer] = {}
    refusals: list[Refusal | None] = []
    for draft in drafts:
        if draft.request_key in known or draft.request_key in new:
            refusals.append(None)
            continue
        decided = _decide(draft, questions)
        if isinstance(decided, _Answer):
            new[draft.request_key] = decided
        refusals.append(decided if isinstance(decided, Refusal) else None)
    stored = {**known, **_store(db, new, at)}
    return [
        refusal or _prepared(draft, stored[draft.request_key], new)
        for draft, refusal in zip(drafts, refusals, strict=True)
    ]


def _decide(draft: Draft, questions: Questions) -> _Answer | Refusal:
    asked = questions.of(draft.user_id, draft.answers)
    if asked is None:
        return InvalidArgument("answers", "must all be texts of this person")
    if any(question.answered for question in asked):
        return AlreadyAnswered()
    if questions.overtaken(draft.user_id, asked):
        return EarlierUnanswered()
    questions.answer(asked)
    return _Answer(draft, asked)


def _store(db: DbWriter, new: Mapping[str, _Answer], at: datetime) -> Mapping[str, Message]:
    added = add_messages(
        db, Direction.OUTBOUND, [_new_message(answer, at) for answer in new.values()], at
    )
    stored = {key: each.message for key, each in zip(new, added, strict=True)}
    links = [
        (question.row_id, stored[key]) for key, answer in new.items() for question in answer.asked
    ]
    if links:
        params = {
            "at": at,
            "ids": bigints(row_id for row_id, _ in links),
            "answered_by": bigints(answer.row_id for _, answer in links),
            "in_crisis": booleans(answer.kind is MessageKind.CRISIS_REPLY for _, answer in links),
        }
        db.execute(statement("answer_messages"), params)
    return stored


def _new_message(answer: _Answer, at: datetime) -> NewMessage:
    draft = answer.draft
    return NewMessage(
        user_id=draft.user_id,
        kind=draft.kind,
        body=draft.body,
        # our clock may lag behind the one that stamped their texts: an answer follows its question
        event_at=max([at, *(question.written[0] for question in answer.asked)]),
        request_key=draft.request_key,
        segments=segments_of(draft.body),
    )


def _prepared(draft: Draft, message: Message, new: Mapping[str, _Answer]) -> Prepared | Refusal:
    if message.user_id != draft.user_id:
        return InvalidArgument("request_key", "was used for another person")
    answer = new.get(draft.request_key)
    return Prepared(message, answer is not None and answer.draft is draft)
