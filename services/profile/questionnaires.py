"""The questionnaires, as data. Rules: the domain's section 2; the wording is our own.

Every question is answered with 1 to 5 and fits one segment of plain GSM-7, scale included.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from services.profile.burnout import HIGHEST, ScoreSource

LOWEST_RATING: Final = 1
HIGHEST_RATING: Final = 5
FLAGGED_ABOVE: Final = 50.0
MOST_FLAGGED: Final = 3


class PressureZone(StrEnum):
    """A part of life that weighs on a caregiver."""

    EMOTIONAL_WELLBEING = "emotional_wellbeing"
    PHYSICAL_HEALTH = "physical_health"
    SOCIAL_SUPPORT = "social_support"
    FINANCIAL_CONCERNS = "financial_concerns"
    TIME_MANAGEMENT = "time_management"


@dataclass(frozen=True, slots=True)
class Question:
    """One question.

    reversed: a higher rating is less burned out. zone: None where it asks of the day as a whole.
    """

    text: str
    reversed: bool = False
    zone: PressureZone | None = None


Questionnaire = tuple[Question, ...]

_EMOTIONAL = PressureZone.EMOTIONAL_WELLBEING
_PHYSICAL = PressureZone.PHYSICAL_HEALTH
_SOCIAL = PressureZone.SOCIAL_SUPPORT
_FINANCIAL = PressureZone.FINANCIAL_CONCERNS
_TIME = PressureZone.TIME_MANAGEMENT

QUESTIONNAIRES: Final[Mapping[ScoreSource, Questionnaire]] = {
    ScoreSource.DAILY_CHECK_IN: (
        Question("How is your mood today? 1 = very low, 5 = very good", reversed=True),
        Question("How heavy does caring feel today? 1 = light, 5 = more than I can carry"),
        Question("How stressed are you today? 1 = calm, 5 = very stressed"),
    ),
    ScoreSource.MONTHLY_REVIEW: (
        Question(
            "This past month, how often did sadness, guilt or worry weigh on you? "
            "1 = never, 5 = all the time",
            zone=_EMOTIONAL,
        ),
        Question(
            "How often could you enjoy something? 1 = never, 5 = every day",
            reversed=True,
            zone=_EMOTIONAL,
        ),
        Question(
            "How rested did you feel on most days? 1 = worn out, 5 = well rested",
            reversed=True,
            zone=_PHYSICAL,
        ),
        Question(
            "How much has caring worn on your own health? 1 = not at all, 5 = a great deal",
            zone=_PHYSICAL,
        ),
        Question(
            "How much help do you get from others? 1 = none, 5 = all I need",
            reversed=True,
            zone=_SOCIAL,
        ),
        Question(
            "How alone do you feel with all of it? 1 = not at all, 5 = completely",
            zone=_SOCIAL,
        ),
        Question(
            "How much do the costs of care worry you? 1 = not at all, 5 = a great deal",
            zone=_FINANCIAL,
        ),
        Question(
            "How easily does your money last the month? 1 = it doesn't, 5 = easily",
            reversed=True,
            zone=_FINANCIAL,
        ),
        Question(
            "How often is there more to do than the day has hours? 1 = never, 5 = every day",
            zone=_TIME,
        ),
        Question(
            "How much time do you get for yourself? 1 = none, 5 = plenty",
            reversed=True,
            zone=_TIME,
        ),
    ),
}


def is_rating(number: int) -> bool:
    """Whether this number answers a question."""
    return LOWEST_RATING <= number <= HIGHEST_RATING


def score_of(questionnaire: Questionnaire, ratings: Mapping[int, int]) -> float | None:
    """0 to 100, higher is more burned out: the mean of the questions that were answered.

    ratings: 1 to 5, by the number of the question, from 1; skipped ones are not in it. None where
    every question was skipped: that is no score, not a score of zero.
    """
    burdens = [
        _burden(questionnaire[number - 1], rating) for number, rating in sorted(ratings.items())
    ]
    return math.fsum(burdens) / len(burdens) if burdens else None


def flagged_zones(
    questionnaire: Questionnaire, ratings: Mapping[int, int]
) -> Sequence[PressureZone]:
    """Zones whose mean is above 50, at most three, the worst first; arguments as `score_of`.

    Zones that weigh the same stand in the order of PressureZone. One of which every question was
    skipped is not flagged.
    """
    burdens: dict[PressureZone, list[float]] = {zone: [] for zone in PressureZone}
    for number, rating in ratings.items():
        question = questionnaire[number - 1]
        if question.zone is not None:
            burdens[question.zone].append(_burden(question, rating))
    means = {zone: math.fsum(each) / len(each) for zone, each in burdens.items() if each}
    flagged = [zone for zone, mean in means.items() if mean > FLAGGED_ABOVE]
    return sorted(flagged, key=lambda zone: -means[zone])[:MOST_FLAGGED]


def _burden(question: Question, rating: int) -> float:
    steps = HIGHEST_RATING - rating if question.reversed else rating - LOWEST_RATING
    return HIGHEST * steps / (HIGHEST_RATING - LOWEST_RATING)
