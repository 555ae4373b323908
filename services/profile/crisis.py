"""Episodes of crisis and the seven texts that follow them. Rules: the domain's section 5."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

# Days after the crisis text that began the series, one for each stage from 1 on.
FOLLOW_UP_DAYS: Final = (1, 3, 7, 14, 21, 28, 35)
ANEW_AFTER: Final = timedelta(hours=24)
REPLIES_AT_ONCE: Final = 5
REPLY_WINDOW: Final = timedelta(minutes=10)


class CrisisKind(StrEnum):
    """What a crisis text is about."""

    SUICIDE = "suicide"
    PASSIVE_IDEATION = "passive_ideation"
    THIRD_PERSON = "third_person"
    HARM_TO_OTHER = "harm_to_other"
    ABUSE = "abuse"
    MEDICAL_EMERGENCY = "medical_emergency"


GRAVEST_FIRST: Final = (
    CrisisKind.MEDICAL_EMERGENCY,
    CrisisKind.SUICIDE,
    CrisisKind.HARM_TO_OTHER,
    CrisisKind.ABUSE,
    CrisisKind.THIRD_PERSON,
    CrisisKind.PASSIVE_IDEATION,
)
"""The order in which one text's kind is chosen too, by the jobs service (docs/crisis.md)."""


class CrisisSource(StrEnum):
    """What took a text for a crisis."""

    RULES = "rules"
    ASSISTANT = "assistant"


class CrisisState(StrEnum):
    """Whether later crisis texts join the episode."""

    OPEN = "open"
    RESOLVED = "resolved"


class FollowUpState(StrEnum):
    """What became of a follow-up. All but PLANNED are final."""

    PLANNED = "planned"
    SENT = "sent"
    SKIPPED = "skipped"
    CANCELED = "canceled"


def follow_ups_from(event_at: datetime) -> list[tuple[int, datetime]]:
    """Stage and due time of each follow-up of a series that begins with a text of this moment."""
    return [
        (stage, event_at + timedelta(days=days))
        for stage, days in enumerate(FOLLOW_UP_DAYS, start=1)
    ]


def gravest(kinds: Iterable[CrisisKind]) -> CrisisKind:
    """The kind of an episode whose texts were of these kinds, at least one."""
    return min(kinds, key=GRAVEST_FIRST.index)


def is_answered(replied: Sequence[bool]) -> bool:
    """Whether a crisis text gets a reply: each of up to 5 in 10 minutes, then one in 10 minutes.

    replied: of each of the person's crisis texts in the 10 minutes before it, whether it got one.
    """
    return len(replied) < REPLIES_AT_ONCE or not any(replied)


def begins_anew(last_text_at: datetime, event_at: datetime) -> bool:
    """Whether a crisis text starts the follow-ups of its episode anew.

    It does more than 24 hours after the text before it; one that comes late, with an earlier event
    time, never does.
    """
    return event_at - last_text_at > ANEW_AFTER
