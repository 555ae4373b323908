"""One state machine for all questionnaires: ask, take a reply, go on.

Rules: the domain's section 2.

A reply is a rating, SKIP or LATER. A number that is no rating is asked about once more, then the
question counts as skipped. LATER ends the assessment, and so does a day without a reply.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, StrEnum
from typing import Final

from services.profile.questionnaires import is_rating

LIFETIME: Final = timedelta(hours=24)
"""How long a question waits for its reply."""

MONTHLY_AFTER: Final = timedelta(days=30)
"""A monthly review takes the place of a daily check-in when none was begun for so long."""


class AssessmentState(StrEnum):
    """Whether it takes replies. All but OPEN are final."""

    OPEN = "open"
    COMPLETED = "completed"
    DEFERRED = "deferred"
    EXPIRED = "expired"


class ReplyOutcome(StrEnum):
    """What a reply did."""

    RATED = "rated"
    SKIPPED = "skipped"
    ASKED_AGAIN = "asked_again"
    DEFERRED = "deferred"


class Word(Enum):
    """A reply that is no number."""

    SKIP = "skip"
    LATER = "later"


Reply = int | Word


@dataclass(frozen=True, slots=True)
class Asked:
    """The question that waits for a reply: its number, from 1, and whether it was asked before."""

    number: int
    again: bool = False


def outcome_of(asked: Asked, reply: Reply) -> ReplyOutcome:
    """What a reply to this question does."""
    match reply:
        case Word.LATER:
            return ReplyOutcome.DEFERRED
        case Word.SKIP:
            return ReplyOutcome.SKIPPED
        case rating if is_rating(rating):
            return ReplyOutcome.RATED
    return ReplyOutcome.SKIPPED if asked.again else ReplyOutcome.ASKED_AGAIN


def asked_after(number: int, outcome: ReplyOutcome, length: int) -> Asked | None:
    """What is asked after question `number` of `length` had this outcome; None at the end."""
    match outcome:
        case ReplyOutcome.ASKED_AGAIN:
            return Asked(number, again=True)
        case ReplyOutcome.RATED | ReplyOutcome.SKIPPED if number < length:
            return Asked(number + 1)
    return None
