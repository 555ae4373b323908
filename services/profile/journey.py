"""Where a person stands with the line, and what moves them. Rules: the domain's section 3."""

from __future__ import annotations

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


_BEGINS_WITH_ACCESS: Final = frozenset(
    {JourneyPhase.ONBOARDING, JourneyPhase.MAINTENANCE, JourneyPhase.CHURNED}
)


def after_access(phase: JourneyPhase, had_access: bool, granted: bool) -> JourneyPhase:
    """The phase after billing said whether there is access.

    had_access: what billing said before. Access that begins makes active, but never ends a crisis
    or a recovery. Access that ends makes churned; who never had any has nothing to lose.
    """
    if granted:
        return JourneyPhase.ACTIVE if phase in _BEGINS_WITH_ACCESS else phase
    if had_access and phase is not JourneyPhase.ONBOARDING:
        return JourneyPhase.CHURNED
    return phase


def after_text(phase: JourneyPhase) -> JourneyPhase:
    """The phase after the person wrote.

    Who was silent is active again. Who had churned begins anew: only billing makes them active.
    """
    match phase:
        case JourneyPhase.MAINTENANCE:
            return JourneyPhase.ACTIVE
        case JourneyPhase.CHURNED:
            return JourneyPhase.ONBOARDING
    return phase
