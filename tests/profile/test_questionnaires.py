"""The questionnaires and what their ratings add up to."""

from __future__ import annotations

import math
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.jobs.agent.guardrails import is_safe, plain, septets
from services.jobs.safety.crisis import detect
from services.profile.burnout import ScoreSource, parse_score
from services.profile.questionnaires import (
    QUESTIONNAIRES,
    PressureZone,
    Question,
    flagged_zones,
    score_of,
)

DAILY = QUESTIONNAIRES[ScoreSource.DAILY_CHECK_IN]
MONTHLY = QUESTIONNAIRES[ScoreSource.MONTHLY_REVIEW]
QUESTIONS = [question for each in QUESTIONNAIRES.values() for question in each]
EMOTIONAL, PHYSICAL, SOCIAL, FINANCIAL, TIME = PressureZone

ratings = st.integers(1, 5)
daily_ratings = st.dictionaries(st.integers(1, 3), ratings)
monthly_ratings = st.dictionaries(st.integers(1, 10), ratings)


def burdened(*burdens: int) -> dict[int, int]:
    """Ratings of the monthly review; 0 is the least burden of a question, 4 the heaviest."""
    return {
        number: 5 - burden if question.reversed else 1 + burden
        for number, (question, burden) in enumerate(zip(MONTHLY, burdens, strict=True), start=1)
    }


def test_the_daily_check_in_asks_three_and_the_monthly_review_two_of_each_zone() -> None:
    assert len(DAILY) == 3
    assert Counter(question.zone for question in MONTHLY) == dict.fromkeys(PressureZone, 2)


def test_each_zone_is_asked_about_once_in_each_direction() -> None:
    """Whoever rates everything alike, without reading, is in the middle of every zone."""
    reversed_ones = Counter(question.zone for question in MONTHLY if question.reversed)
    assert reversed_ones == dict.fromkeys(PressureZone, 1)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda each: each.text[:30])
def test_a_question_is_plain_fits_one_segment_with_room_and_tells_its_scale(
    question: Question,
) -> None:
    assert plain(question.text) == question.text
    assert septets(question.text) <= 130
    assert "1 = " in question.text
    assert "5 = " in question.text
    assert is_safe(question.text)
    assert detect(question.text) is None


@pytest.mark.parametrize(
    ("rated", "score"),
    [
        ({1: 1, 2: 5, 3: 5}, 100),
        ({1: 5, 2: 1, 3: 1}, 0),
        ({1: 3, 2: 3, 3: 3}, 50),
        ({1: 4, 2: 2, 3: 2}, 25),
        ({1: 2, 2: 4, 3: 5}, 250 / 3),
        ({1: 4, 3: 2}, 25),  # what is skipped counts neither way
        ({2: 5}, 100),
    ],
)
def test_the_daily_score_is_the_mean_burden_of_what_was_answered(
    rated: dict[int, int], score: float
) -> None:
    assert score_of(DAILY, rated) == pytest.approx(score, abs=1e-12)


def test_all_skipped_is_no_score_and_not_zero() -> None:
    assert score_of(DAILY, {}) is None
    assert score_of(MONTHLY, {}) is None
    assert flagged_zones(MONTHLY, {}) == []


@pytest.mark.parametrize(
    ("burdens", "zones"),
    [
        ((0,) * 10, []),
        ((2,) * 10, []),  # exactly 50 is not above 50
        ((4,) * 10, [EMOTIONAL, PHYSICAL, SOCIAL]),
        ((2, 3, 2, 2, 0, 0, 4, 4, 3, 3), [FINANCIAL, TIME, EMOTIONAL]),
        ((0, 0, 0, 0, 4, 1, 0, 0, 0, 0), [SOCIAL]),
    ],
)
def test_zones_above_fifty_are_flagged_three_at_most_the_worst_first(
    burdens: tuple[int, ...], zones: list[PressureZone]
) -> None:
    assert flagged_zones(MONTHLY, burdened(*burdens)) == zones


def test_a_zone_that_was_skipped_is_not_flagged_and_one_answer_is_enough() -> None:
    rated = burdened(*(4,) * 10)
    for number in (1, 2, 3):
        del rated[number]
    assert flagged_zones(MONTHLY, rated) == [PHYSICAL, SOCIAL, FINANCIAL]


def test_the_daily_check_in_says_nothing_of_zones() -> None:
    assert flagged_zones(DAILY, {1: 1, 2: 5, 3: 5}) == []


@given(monthly_ratings)
def test_a_score_is_a_score_whatever_was_answered(rated: dict[int, int]) -> None:
    score = score_of(MONTHLY, rated)
    assert (score is None) == (not rated)
    if score is not None:
        assert math.isfinite(score)
        assert parse_score(score) == score


@given(st.sampled_from(list(QUESTIONNAIRES)), st.data())
def test_a_heavier_answer_never_makes_a_lighter_score(
    source: ScoreSource, data: st.DataObject
) -> None:
    questions = QUESTIONNAIRES[source]
    answered = daily_ratings if source is ScoreSource.DAILY_CHECK_IN else monthly_ratings
    rated = data.draw(answered)
    number = data.draw(st.integers(1, len(questions)))
    light, heavy = sorted((data.draw(ratings), data.draw(ratings)))
    if questions[number - 1].reversed:
        light, heavy = heavy, light
    lighter, heavier = (score_of(questions, rated | {number: each}) for each in (light, heavy))
    assert lighter is not None
    assert heavier is not None
    assert lighter <= heavier
    assert light == heavy or lighter < heavier


@given(monthly_ratings)
def test_a_heavier_answer_never_lifts_the_flag_of_its_zone_among_three(
    rated: dict[int, int],
) -> None:
    flagged = flagged_zones(MONTHLY, rated)
    assert len(flagged) <= 3
    assert len(set(flagged)) == len(flagged)
    for zone in flagged:
        worst = {
            number: 1 if question.reversed else 5
            for number, question in enumerate(MONTHLY, start=1)
            if question.zone is zone and number in rated
        }
        assert zone in flagged_zones(MONTHLY, rated | worst)
