"""What a text is: who wrote it, why, and what it wants."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from services.conversation.delivery import MessageState


class Direction(StrEnum):
    """Who wrote: the person or we."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"


class MessageKind(StrEnum):
    """Why a text exists. TEXT is the person's, the others are ours; of RESTORED ones only the
    provider knew, and RESTORED_NOTICE are those in fixed words that answer no text."""

    TEXT = "text"
    ANSWER = "answer"
    NOTICE = "notice"
    KEYWORD_REPLY = "keyword_reply"
    CRISIS_REPLY = "crisis_reply"
    PROACTIVE = "proactive"
    RESTORED = "restored"
    RESTORED_NOTICE = "restored_notice"


class Disposition(StrEnum):
    """What an inbound text wants."""

    TO_ANSWER = "to_answer"
    KEYWORD = "keyword"
    CRISIS = "crisis"


class Admission(StrEnum):
    """Whether an inbound text is answered; TOLD_OF_…: it is not, and its person is told of this
    limit."""

    ADMITTED = "admitted"
    TOLD_OF_MINUTE = "told_of_minute"
    TOLD_OF_DAY = "told_of_day"
    LIMITED = "limited"


class Pace(StrEnum):
    """By which clock texts leave: by the number's, and what we start by a slower one besides."""

    ALL = "all"
    STARTED = "started"


@dataclass(frozen=True, slots=True)
class Media:
    """A picture or a file that came with a text, where the provider keeps it."""

    url: str
    content_type: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """Who holds the right to hand a text to the provider, and since when."""

    token: str
    begun_at: datetime


@dataclass(frozen=True, slots=True)
class Message:
    """One text. Moments are aware; "" and None mean that there is none yet.

    row_id: key of its row. sequence: counts a person's messages in the order of their storing.
    request_key: the caller's, under which a text of ours was prepared.
    event_at: when it was written. first_begun_at: when somebody first held the right to send it.
    """

    row_id: int
    message_id: UUID
    user_id: UUID
    direction: Direction
    kind: MessageKind
    sequence: int
    body: str
    media: tuple[Media, ...]
    provider_sid: str | None
    request_key: str | None
    state: MessageState
    error_code: str
    segments: int
    event_at: datetime
    attempt: Attempt | None
    first_begun_at: datetime | None
    created_at: datetime
    updated_at: datetime
