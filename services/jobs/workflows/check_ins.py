"""How often a person is checked in on (domain.md section 10)."""

from __future__ import annotations

from datetime import timedelta

from protos.profile.v1 import profile_pb2 as profile

EVERY = {
    profile.BurnoutBand.BURNOUT_BAND_SEVERE: timedelta(days=2),
    profile.BurnoutBand.BURNOUT_BAND_HIGH: timedelta(days=3),
    profile.BurnoutBand.BURNOUT_BAND_MODERATE: timedelta(weeks=1),
    profile.BurnoutBand.BURNOUT_BAND_MILD: timedelta(weeks=4),
}
"""How long a person of each band may be silent; a thriving one is left alone."""

FEWER = 2
"""Whoever asked for fewer check-ins is left alone for so many times as long."""


def due_after(known: profile.Profile) -> timedelta | None:
    """The silence after which this person is checked in on, None where never."""
    every = EVERY.get(known.burnout_band)
    match known.check_in_preference:
        case profile.CheckInPreference.CHECK_IN_PREFERENCE_NONE:
            return None
        case profile.CheckInPreference.CHECK_IN_PREFERENCE_FEWER if every is not None:
            return FEWER * every
    return every
