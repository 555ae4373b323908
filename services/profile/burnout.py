"""The burnout scale: bands, and the composite of the newest scores. Rules: the domain's section 2.

A score runs from 0 to 100 and a higher one is more burned out. A band is not a crisis.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from kit.refusals import InvalidArgument

LOWEST: Final = 0.0
HIGHEST: Final = 100.0
FADING: Final = timedelta(days=10)
_DECIMALS: Final = 6


class BurnoutBand(StrEnum):
    """The name of a range of scores."""

    THRIVING = "thriving"
    MILD = "mild"
    MODERATE = "moderate"
    HIGH = "high"
    SEVERE = "severe"


class ScoreSource(StrEnum):
    """The questionnaire that a score comes from."""

    DAILY_CHECK_IN = "daily_check_in"
    MONTHLY_REVIEW = "monthly_review"


# Half open: a band begins at its bound and ends before the next one.
_BOUNDS: Final = (
    (80.0, BurnoutBand.SEVERE),
    (60.0, BurnoutBand.HIGH),
    (40.0, BurnoutBand.MODERATE),
    (20.0, BurnoutBand.MILD),
)
_WEIGHTS: Final[Mapping[ScoreSource, float]] = {
    ScoreSource.DAILY_CHECK_IN: 0.4,
    ScoreSource.MONTHLY_REVIEW: 0.6,
}


@dataclass(frozen=True, slots=True)
class Score:
    """One score and when it was taken; `value` comes from `parse_score`."""

    value: float
    taken_at: datetime


def parse_score(value: float, field: str = "score") -> float:
    """`value` as a score. Raises InvalidArgument naming `field` for NaN and outside 0 to 100."""
    if not LOWEST <= value <= HIGHEST:  # NaN fails every comparison
        raise InvalidArgument(field, "must be a number from 0 to 100")
    return value + 0.0  # -0.0 becomes 0.0


def band_of(score: float) -> BurnoutBand:
    """The band of a score from 0 to 100."""
    for bound, band in _BOUNDS:
        if score >= bound:
            return band
    return BurnoutBand.THRIVING


def composite_of(newest: Mapping[ScoreSource, Score]) -> float | None:
    """Mean of each source's newest score, weighted by weight × exp(−age in days / 10).

    None without any score; with one source, exactly its score. What the mean is does not depend on
    when it is taken: as time passes every weight shrinks by the same factor. So a composite that
    was computed when the last score came stays right, and only its confidence fades. Ages count
    from the newest score here, which keeps the weights of very old scores above zero.
    """
    if not newest:
        return None
    values = [score.value for score in newest.values()]
    latest = max(score.taken_at for score in newest.values())
    weights = [
        _WEIGHTS[source] * _faded(latest - score.taken_at) for source, score in newest.items()
    ]
    mean = math.fsum(v * w for v, w in zip(values, weights, strict=True)) / math.fsum(weights)
    if len(values) > 1:
        mean = round(mean, _DECIMALS)  # or 60 and 60 could make 59.99999999999999, another band
    return min(max(mean, min(values)), max(values))


def confidence_of(taken: Mapping[ScoreSource, datetime], at: datetime) -> float:
    """How much the composite weighs at `at`, 0 to 1: the sum of its sources' faded weights.

    taken: when each source's newest score was taken.
    """
    ages = ((source, max(at - moment, timedelta())) for source, moment in taken.items())
    return math.fsum(_WEIGHTS[source] * _faded(age) for source, age in ages)


def _faded(age: timedelta) -> float:
    return math.exp(-(age / FADING))
