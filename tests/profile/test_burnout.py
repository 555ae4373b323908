"""The burnout scale."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.refusals import InvalidArgument
from services.profile.burnout import (
    BurnoutBand,
    Score,
    ScoreSource,
    band_of,
    composite_of,
    confidence_of,
    parse_score,
)

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
DAILY, MONTHLY = ScoreSource.DAILY_CHECK_IN, ScoreSource.MONTHLY_REVIEW

scores = st.floats(0, 100)
moments = st.timedeltas(timedelta(days=-3000), timedelta(days=3000)).map(lambda by: NOON + by)


@pytest.mark.parametrize(
    ("score", "band"),
    [
        (0, BurnoutBand.THRIVING),
        (19.99, BurnoutBand.THRIVING),
        (20, BurnoutBand.MILD),
        (39.99, BurnoutBand.MILD),
        (40, BurnoutBand.MODERATE),
        (59.99, BurnoutBand.MODERATE),
        (60, BurnoutBand.HIGH),
        (79.99, BurnoutBand.HIGH),
        (80, BurnoutBand.SEVERE),
        (100, BurnoutBand.SEVERE),
    ],
)
def test_a_band_begins_at_its_bound_and_ends_before_the_next(
    score: float, band: BurnoutBand
) -> None:
    assert band_of(score) is band


@given(scores, scores)
def test_a_higher_score_is_never_a_lower_band(one: float, other: float) -> None:
    order = list(BurnoutBand)
    low, high = sorted((one, other))
    assert order.index(band_of(low)) <= order.index(band_of(high))


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, -0.01, 100.01])
def test_what_is_no_score_is_refused(value: float) -> None:
    with pytest.raises(InvalidArgument) as error:
        parse_score(value)
    assert error.value.violations[0][0] == "score"


def test_without_a_score_there_is_no_composite() -> None:
    assert composite_of({}) is None
    assert confidence_of({}, NOON) == 0


@given(scores, moments, st.sampled_from(ScoreSource))
def test_one_source_is_its_own_composite(value: float, at: datetime, source: ScoreSource) -> None:
    assert composite_of({source: Score(value, at)}) == value


def test_two_fresh_sources_weigh_four_to_six() -> None:
    assert composite_of({DAILY: Score(50, NOON), MONTHLY: Score(100, NOON)}) == 80


def test_a_score_ten_days_older_weighs_less_by_e() -> None:
    found = composite_of({DAILY: Score(20, NOON), MONTHLY: Score(80, NOON - timedelta(days=10))})
    old = 0.6 / math.e
    assert found == pytest.approx((20 * 0.4 + 80 * old) / (0.4 + old), abs=1e-6)


@given(scores, scores, moments, moments, st.timedeltas(timedelta(), timedelta(days=3650)))
def test_the_composite_does_not_drift_as_time_passes(
    daily: float, monthly: float, daily_at: datetime, monthly_at: datetime, passed: timedelta
) -> None:
    """The definition, with ages at some later moment, gives what was computed at the last score."""
    found = composite_of({DAILY: Score(daily, daily_at), MONTHLY: Score(monthly, monthly_at)})
    reading = max(daily_at, monthly_at) + passed
    ages = [(reading - moment) / timedelta(days=1) for moment in (daily_at, monthly_at)]
    weights = [0.4 * math.exp(-ages[0] / 10), 0.6 * math.exp(-ages[1] / 10)]
    if sum(weights) > 1e-290:
        defined = (daily * weights[0] + monthly * weights[1]) / sum(weights)
        assert found == pytest.approx(defined, abs=1e-4)


@given(scores, scores, moments, moments)
def test_a_composite_lies_between_its_scores(
    daily: float, monthly: float, daily_at: datetime, monthly_at: datetime
) -> None:
    found = composite_of({DAILY: Score(daily, daily_at), MONTHLY: Score(monthly, monthly_at)})
    assert found is not None
    assert min(daily, monthly) <= found <= max(daily, monthly)


@given(st.sampled_from([20.0, 40.0, 60.0, 80.0]), moments, moments)
def test_two_scores_at_a_bound_make_the_band_that_begins_there(
    bound: float, daily_at: datetime, monthly_at: datetime
) -> None:
    found = composite_of({DAILY: Score(bound, daily_at), MONTHLY: Score(bound, monthly_at)})
    assert found is not None
    assert band_of(found) is band_of(bound)


@pytest.mark.parametrize(
    ("daily", "monthly", "mean", "band"),
    [(7, 62, 40, BurnoutBand.MODERATE), (6, 96, 60, BurnoutBand.HIGH)],
)
def test_a_mean_that_is_a_bound_is_not_rounded_into_the_band_below(
    daily: float, monthly: float, mean: float, band: BurnoutBand
) -> None:
    found = composite_of({DAILY: Score(daily, NOON), MONTHLY: Score(monthly, NOON)})
    assert found == mean
    assert band_of(found) is band


def test_confidence_is_whole_when_both_are_fresh_and_fades() -> None:
    assert confidence_of({DAILY: NOON, MONTHLY: NOON}, NOON) == pytest.approx(1)
    assert confidence_of({DAILY: NOON}, NOON) == pytest.approx(0.4)
    later = NOON + timedelta(days=10)
    assert confidence_of({DAILY: NOON, MONTHLY: NOON}, later) == pytest.approx(1 / math.e)


def test_a_clock_that_lags_makes_no_confidence_above_one() -> None:
    ahead = NOON + timedelta(days=1)
    assert confidence_of({DAILY: ahead, MONTHLY: ahead}, NOON) <= 1
