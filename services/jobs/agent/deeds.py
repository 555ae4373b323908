"""What the assistant may do while it answers: for the person who wrote, and for nobody else.

Whose data is meant is settled before a model hears a word: no deed names a person.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Protocol


class Questionnaire(StrEnum):
    """What a person may be asked."""

    DAILY_CHECK_IN = "daily_check_in"
    MONTHLY_REVIEW = "monthly_review"


class CheckIns(StrEnum):
    """How often a person is checked in on: never more often than others of their band."""

    AS_USUAL = "as_usual"
    FEWER = "fewer"
    NONE = "none"


class NotAccepted(Exception):
    """A value that a person cannot have. `str()` says what is wrong with it, for the model."""


class Deeds(Protocol):
    """Deeds for one turn. Each may be repeated: it is done once."""

    async def update_profile(self, changes: Mapping[str, str]) -> None:
        """Stores what the person told of themselves. Raises NotAccepted, and then stores nothing.

        changes: by "first_name", "relationship", "care_recipient_name", "zip_code", "time_zone".
        """
        ...

    async def start_assessment(self, questionnaire: Questionnaire) -> bool:
        """Has the person asked the first question below the answer.

        False where another questionnaire runs; then the question that waits is asked again. Raises
        NotAccepted.
        """
        ...

    async def set_check_in_preference(self, wish: CheckIns) -> None:
        """Stores how often the person wants to be checked in on. Raises NotAccepted."""
        ...
