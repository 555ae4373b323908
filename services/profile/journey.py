"""Where a person stands with the line, and what moves them. Rules: the domain's section 3.

One table says what each event does in each phase; whatever is not in it changes nothing. The same
table as a diagram: docs/journey.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final


class JourneyPhase(StrEnum):
    """Where a person stands."""

    ONBOARDING = "onboarding"
    ACTIVE = "active"
    CRISIS = "crisis"
    RECOVERY = "recovery"
    MAINTENANCE = "maintenance"
    CHURNED = "churned"


class JourneyEvent(StrEnum):
    """What may move a person; the value is how the diagram words it."""

    ACCESS_BEGAN = "access begins"
    ACCESS_ENDED = "access ends"
    WROTE = "a text, without access"
    WROTE_WITH_ACCESS = "a text, with access"
    CRISIS = "a crisis text"
    CALM = "7 days without a crisis text"
    STEADY = "14 more days without one"
    SILENT = "30 days of silence"
    GONE = "31 days of silence and three reactivations"


class ReactivationState(StrEnum):
    """What became of a text that asks somebody back. All but PLANNED are final."""

    PLANNED = "planned"
    SENT = "sent"
    SKIPPED = "skipped"


_ONBOARDING = JourneyPhase.ONBOARDING
_ACTIVE = JourneyPhase.ACTIVE
_CRISIS = JourneyPhase.CRISIS
_RECOVERY = JourneyPhase.RECOVERY
_MAINTENANCE = JourneyPhase.MAINTENANCE
_CHURNED = JourneyPhase.CHURNED

TRANSITIONS: Final[Mapping[JourneyPhase, Mapping[JourneyEvent, JourneyPhase]]] = {
    # Access cannot end here: who never had any has nothing to lose.
    _ONBOARDING: {
        JourneyEvent.ACCESS_BEGAN: _ACTIVE,
        JourneyEvent.CRISIS: _CRISIS,
        JourneyEvent.GONE: _CHURNED,
    },
    _ACTIVE: {
        JourneyEvent.ACCESS_ENDED: _CHURNED,
        JourneyEvent.CRISIS: _CRISIS,
        JourneyEvent.SILENT: _MAINTENANCE,
    },
    # Access that begins ends no crisis.
    _CRISIS: {
        JourneyEvent.ACCESS_ENDED: _CHURNED,
        JourneyEvent.CALM: _RECOVERY,
    },
    _RECOVERY: {
        JourneyEvent.ACCESS_ENDED: _CHURNED,
        JourneyEvent.CRISIS: _CRISIS,
        JourneyEvent.STEADY: _ACTIVE,
    },
    _MAINTENANCE: {
        JourneyEvent.ACCESS_BEGAN: _ACTIVE,
        JourneyEvent.ACCESS_ENDED: _CHURNED,
        JourneyEvent.WROTE: _ACTIVE,
        JourneyEvent.WROTE_WITH_ACCESS: _ACTIVE,
        JourneyEvent.CRISIS: _CRISIS,
        JourneyEvent.GONE: _CHURNED,
    },
    _CHURNED: {
        JourneyEvent.ACCESS_BEGAN: _ACTIVE,
        JourneyEvent.WROTE: _ONBOARDING,
        JourneyEvent.WROTE_WITH_ACCESS: _ACTIVE,
        JourneyEvent.CRISIS: _CRISIS,
    },
}

CALM_AFTER: Final = timedelta(days=7)
STEADY_AFTER: Final = CALM_AFTER + timedelta(days=14)
SILENT_AFTER: Final = timedelta(days=30)
GONE_AFTER: Final = timedelta(days=31)
REACTIVATION_DAYS: Final = (7, 14, 30)
"""Silence after which each text that asks a person back is due, one for each stage from 1 on."""


def after(phase: JourneyPhase, event: JourneyEvent) -> JourneyPhase:
    """The phase after an event."""
    return TRANSITIONS[phase].get(event, phase)


def access_event(had_access: bool, granted: bool) -> JourneyEvent | None:
    """What billing's word means after its last one; the same word again means nothing."""
    if had_access == granted:
        return None
    return JourneyEvent.ACCESS_BEGAN if granted else JourneyEvent.ACCESS_ENDED


def text_event(has_access: bool) -> JourneyEvent:
    """What a text of the person means."""
    return JourneyEvent.WROTE_WITH_ACCESS if has_access else JourneyEvent.WROTE


@dataclass(frozen=True, slots=True)
class Standing:
    """What time goes by.

    silent_since: when they last wrote, or when they became known. reactivations: texts that asked
    them back in this silence.
    """

    phase: JourneyPhase
    silent_since: datetime
    last_crisis_at: datetime | None
    reactivations: int


def moved_by_time(standing: Standing, at: datetime) -> tuple[JourneyPhase, datetime | None]:
    """The phase at this moment, and when time will move it next; None where only an event does.

    After an outage that may be several steps at once.
    """
    while (due := _due(standing)) is not None and due[1] <= at:
        standing = replace(standing, phase=after(standing.phase, due[0]))
    return standing.phase, None if due is None else due[1]


def _due(standing: Standing) -> tuple[JourneyEvent, datetime] | None:
    match standing.phase:
        case JourneyPhase.CRISIS if standing.last_crisis_at is not None:
            return JourneyEvent.CALM, standing.last_crisis_at + CALM_AFTER
        case JourneyPhase.RECOVERY if standing.last_crisis_at is not None:
            return JourneyEvent.STEADY, standing.last_crisis_at + STEADY_AFTER
        case JourneyPhase.ACTIVE:
            return JourneyEvent.SILENT, standing.silent_since + SILENT_AFTER
        case JourneyPhase.ONBOARDING | JourneyPhase.MAINTENANCE if standing.reactivations >= len(
            REACTIVATION_DAYS
        ):
            return JourneyEvent.GONE, standing.silent_since + GONE_AFTER
    return None


def next_reactivation(silent_since: datetime, stages_done: int) -> tuple[int, datetime] | None:
    """The stage that comes next in this silence and when it is due; None after the last.

    stages_done: those sent or skipped in it. The stages come one after the other, also when several
    are due after an outage: one a day is the sender's gate.
    """
    if stages_done >= len(REACTIVATION_DAYS):
        return None
    return stages_done + 1, silent_since + timedelta(days=REACTIVATION_DAYS[stages_done])
