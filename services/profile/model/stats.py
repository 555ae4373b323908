"""Counts of people and of open crises, for operators. From indexes alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa

from kit.database import DbReader
from services.profile.burnout import BurnoutBand
from services.profile.consent import SmsConsent
from services.profile.crisis import CrisisState
from services.profile.journey import JourneyPhase
from services.profile.tables import contact_state, crises

ACTIVE_FOR: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class ProfileStats:
    """People by what is known of them; a value that nobody has counts 0.

    bands: the key None is for those without a score. active: people who wrote within ACTIVE_FOR.
    oldest_open_crisis_age: since its first crisis text; None where no crisis is open.
    """

    phases: Mapping[JourneyPhase, int]
    bands: Mapping[BurnoutBand | None, int]
    consents: Mapping[SmsConsent, int]
    active: int
    open_crises: int
    oldest_open_crisis_age: timedelta | None


def profile_stats(db: DbReader, at: datetime) -> ProfileStats:
    """Everybody counted, as of `at`."""
    bands: Counter[BurnoutBand | None] = Counter()
    consents: Counter[SmsConsent] = Counter()
    for consent, band, people in db.rows(_CONTACTS):
        bands[None if band is None else BurnoutBand(band)] += people
        consents[SmsConsent(consent)] += people
    recent = contact_state.c.last_inbound_at >= at - ACTIVE_FOR
    active = db.scalar(sa.select(sa.func.count()).select_from(contact_state).where(recent))
    count, oldest_age = open_crises(db, at)
    return ProfileStats(
        phases={JourneyPhase(phase): people for phase, people in db.rows(_PHASES)},
        bands=bands,
        consents=consents,
        active=active,
        open_crises=count,
        oldest_open_crisis_age=oldest_age,
    )


def open_crises(db: DbReader, at: datetime) -> tuple[int, timedelta | None]:
    """How many crises are open, and the age of the oldest as of `at`; None where none is."""
    [(count, oldest)] = db.rows(_OPEN_CRISES)
    return count, None if oldest is None else max(at - oldest, timedelta(0))


# Value by value, which the planner does from the index alone also where most people have one.
_PHASES: Final = sa.text("""
SELECT v.phase, (SELECT count(*) FROM profile.user_profiles p WHERE p.journey_phase = v.phase)
  FROM unnest(CAST(:phases AS text[])) AS v (phase)
""").bindparams(phases=list(JourneyPhase))
_CONTACTS: Final = sa.text("""
SELECT c.consent, b.band,
       (SELECT count(*) FROM profile.contact_state s
         WHERE s.sms_consent = c.consent AND s.burnout_band = b.band)
  FROM unnest(CAST(:consents AS text[])) AS c (consent), unnest(CAST(:bands AS text[])) AS b (band)
 UNION ALL
SELECT c.consent, NULL,
       (SELECT count(*) FROM profile.contact_state s
         WHERE s.sms_consent = c.consent AND s.burnout_band IS NULL)
  FROM unnest(CAST(:consents AS text[])) AS c (consent)
""").bindparams(consents=list(SmsConsent), bands=list(BurnoutBand))
# A literal, not a parameter, or the planner cannot match the partial index.
_OPEN_CRISES: Final = sa.select(sa.func.count(), sa.func.min(crises.c.started_at)).where(
    crises.c.state == sa.literal_column(f"'{CrisisState.OPEN}'")
)
