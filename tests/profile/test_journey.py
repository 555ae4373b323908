"""What moves a person's journey: events, and time."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.profile.journey import (
    REACTIVATION_DAYS,
    TRANSITIONS,
    JourneyEvent,
    JourneyPhase,
    Standing,
    access_event,
    after,
    moved_by_time,
    next_reactivation,
    text_event,
)
from tests.profile.requests import NOON, days

SECOND = timedelta(seconds=1)

phases = st.sampled_from(JourneyPhase)
ages = st.timedeltas(timedelta(), timedelta(days=120))


def at_day(count: float) -> datetime:
    return NOON + days(count)


def stands(
    phase: str, *, reactivations: int = 0, last_crisis_at: datetime | None = NOON
) -> Standing:
    """Silent since noon of day 0, which is when the last crisis text came."""
    return Standing(JourneyPhase(phase), NOON, last_crisis_at, reactivations)


@pytest.mark.parametrize(
    ("before", "had_access", "granted", "phase"),
    [
        ("onboarding", False, True, "active"),
        ("churned", False, True, "active"),
        ("maintenance", False, True, "active"),
        ("maintenance", True, True, "maintenance"),  # a renewal is no sign of life
        ("churned", True, True, "churned"),
        ("active", True, True, "active"),
        ("crisis", False, True, "crisis"),
        ("recovery", True, True, "recovery"),
        ("onboarding", False, False, "onboarding"),
        ("onboarding", True, False, "onboarding"),
        ("active", True, False, "churned"),
        ("maintenance", True, False, "churned"),
        ("crisis", True, False, "churned"),
        ("crisis", False, False, "crisis"),
        ("recovery", True, False, "churned"),
        ("recovery", False, False, "recovery"),
        ("churned", False, False, "churned"),
    ],
)
def test_what_billing_says_moves_a_journey(
    before: str, had_access: bool, granted: bool, phase: str
) -> None:
    event = access_event(had_access, granted)
    found = JourneyPhase(before) if event is None else after(JourneyPhase(before), event)
    assert found is JourneyPhase(phase)


@pytest.mark.parametrize(
    ("has_access", "moves"),
    [
        (False, {"maintenance": "active", "churned": "onboarding"}),
        (True, {"maintenance": "active", "churned": "active"}),
    ],
)
def test_a_text_moves_only_those_who_were_silent_or_gone(
    has_access: bool, moves: dict[str, str]
) -> None:
    event = text_event(has_access)
    moved = {before: after(before, event) for before in JourneyPhase}
    assert moved == {before: moves.get(before, before) for before in JourneyPhase}


def test_a_crisis_text_reaches_everybody() -> None:
    assert {after(before, JourneyEvent.CRISIS) for before in JourneyPhase} == {JourneyPhase.CRISIS}


@pytest.mark.parametrize(
    ("before", "reactivations", "day", "phase", "next_day"),
    [
        ("crisis", 0, 7, "recovery", 21),
        ("recovery", 0, 21, "active", 30),
        ("active", 0, 30, "maintenance", None),
        ("active", 3, 30, "maintenance", 31),
        ("maintenance", 3, 31, "churned", None),
        ("onboarding", 3, 31, "churned", None),
    ],
)
def test_time_moves_a_journey_at_its_bound_and_not_a_second_before(
    before: str, reactivations: int, day: int, phase: str, next_day: int | None
) -> None:
    standing = stands(before, reactivations=reactivations)
    early = moved_by_time(standing, at_day(day) - SECOND)
    assert early == (JourneyPhase(before), at_day(day))
    then = None if next_day is None else at_day(next_day)
    assert moved_by_time(standing, at_day(day)) == (JourneyPhase(phase), then)


@pytest.mark.parametrize("before", ["onboarding", "maintenance", "churned"])
def test_without_three_reactivations_silence_alone_ends_nothing(before: str) -> None:
    standing = stands(before, reactivations=2)
    assert moved_by_time(standing, at_day(1000)) == (JourneyPhase(before), None)


def test_after_an_outage_all_steps_that_are_due_are_taken_at_once() -> None:
    assert moved_by_time(stands("crisis"), at_day(90))[0] is JourneyPhase.MAINTENANCE
    gone = stands("crisis", reactivations=3)
    assert moved_by_time(gone, at_day(90)) == (JourneyPhase.CHURNED, None)


@given(phases, ages, ages, st.integers(0, 3), ages)
def test_how_often_one_looks_makes_no_difference_and_no_look_is_asked_for_too_late(
    phase: JourneyPhase, silence: timedelta, calm: timedelta, sent: int, passed: timedelta
) -> None:
    standing = Standing(phase, NOON - silence, NOON - calm, sent)
    now, then = moved_by_time(standing, NOON)
    assert then is None or then > NOON
    later = NOON + passed
    at_once = moved_by_time(standing, later)
    again = Standing(now, standing.silent_since, standing.last_crisis_at, sent)
    assert moved_by_time(again, later) == at_once
    if then is None or later < then:
        assert at_once == (now, then)


def test_every_phase_can_be_left_and_every_event_does_something() -> None:
    assert set(TRANSITIONS) == set(JourneyPhase)
    assert {event for moves in TRANSITIONS.values() for event in moves} == set(JourneyEvent)
    for before, moves in TRANSITIONS.items():
        assert moves
        assert before not in moves.values()


def test_reactivations_come_one_after_the_other() -> None:
    stages = [next_reactivation(NOON, done) for done in range(4)]
    assert stages == [(1, at_day(7)), (2, at_day(14)), (3, at_day(30)), None]
    assert len(REACTIVATION_DAYS) == 3
