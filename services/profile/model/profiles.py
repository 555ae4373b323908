"""The profile as a whole: read, made, changed by the person's word and by billing's."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import sqlalchemy as sa

from kit.arrays import any_of, as_given
from kit.binary_arrays import uuids
from kit.database import AnyRow, DbReader, DbWriter
from services.profile.burnout import BurnoutBand, ScoreSource, band_of, confidence_of
from services.profile.consent import SmsConsent
from services.profile.crisis import CrisisState
from services.profile.details import CheckInPreference
from services.profile.journey import JourneyPhase
from services.profile.model.contact import lock_or_make_person, make_person
from services.profile.model.journeys import access_moved
from services.profile.questionnaires import PressureZone
from services.profile.refusals import ProfileNotFound
from services.profile.tables import burnout_scores, contact_state, crises, user_profiles


@dataclass(frozen=True, slots=True)
class Profile:
    """What is known of one person. Moments are aware; "" and None mean unknown."""

    user_id: UUID
    first_name: str
    relationship: str
    care_recipient_name: str
    zip_code: str
    time_zone: str
    language: str
    journey_phase: JourneyPhase
    burnout_score: float | None
    burnout_band: BurnoutBand | None
    burnout_confidence: float
    pressure_zones: tuple[PressureZone, ...]
    last_inbound_at: datetime | None
    last_proactive_at: datetime | None
    last_crisis_at: datetime | None
    sms_consent: SmsConsent
    crisis_open: bool
    check_in_preference: CheckInPreference
    assistant_held_until: datetime | None
    created_at: datetime
    updated_at: datetime


def _taken_at(source: ScoreSource) -> sa.Label[datetime]:
    newest = sa.select(sa.func.max(burnout_scores.c.recorded_at)).where(
        burnout_scores.c.user_id == user_profiles.c.user_id, burnout_scores.c.source == source
    )
    return newest.scalar_subquery().label(source)


_CRISIS_OPEN = sa.exists().where(
    crises.c.user_id == user_profiles.c.user_id, crises.c.state == CrisisState.OPEN
)
_COLUMNS = (
    user_profiles.c.user_id,
    user_profiles.c.first_name,
    user_profiles.c.relationship,
    user_profiles.c.care_recipient_name,
    user_profiles.c.zip_code,
    user_profiles.c.time_zone,
    user_profiles.c.language,
    user_profiles.c.journey_phase,
    user_profiles.c.burnout_score,
    as_given(user_profiles.c.pressure_zones),
    user_profiles.c.last_crisis_at,
    user_profiles.c.check_in_preference,
    user_profiles.c.assistant_held_until,
    user_profiles.c.created_at,
    contact_state.c.last_inbound_at,
    contact_state.c.last_proactive_at,
    contact_state.c.sms_consent,
    sa.func.greatest(user_profiles.c.updated_at, contact_state.c.updated_at).label("updated_at"),
    _CRISIS_OPEN.label("crisis_open"),
    *(_taken_at(source) for source in ScoreSource),
)
_PROFILES: Final = (
    sa.select(*_COLUMNS)
    .join_from(user_profiles, contact_state, contact_state.c.user_id == user_profiles.c.user_id)
    .where(any_of(user_profiles.c.user_id, "user_ids"))
)


def profile_of(db: DbReader, user_id: UUID, at: datetime) -> Profile:
    """The person's profile; confidence and the end of a hold are those of the moment `at`.

    Raises ProfileNotFound.
    """
    profile = profiles_of(db, [user_id], at).get(user_id)
    if profile is None:
        raise ProfileNotFound
    return profile


def profiles_of(db: DbReader, user_ids: Collection[UUID], at: datetime) -> dict[UUID, Profile]:
    """`profile_of` for many, without those who have none."""
    rows = db.rows(_PROFILES, {"user_ids": uuids(user_ids)})
    return {row.user_id: _profile(row, at) for row in rows}


def delete_profile(db: DbWriter, user_id: UUID) -> bool:
    """Removes the person's rows in every table; False where there were none."""
    # Their lock first, as every write has it; the rest goes with the profile by its foreign keys.
    lock = sa.select(contact_state.c.user_id).where(contact_state.c.user_id == user_id)
    db.rows(lock.with_for_update())
    return db.execute(sa.delete(user_profiles).where(user_profiles.c.user_id == user_id)) > 0


def _profile(row: AnyRow, at: datetime) -> Profile:
    taken = {
        source: moment for source in ScoreSource if (moment := getattr(row, source)) is not None
    }
    held_until = row.assistant_held_until
    return Profile(
        user_id=row.user_id,
        first_name=row.first_name,
        relationship=row.relationship,
        care_recipient_name=row.care_recipient_name,
        zip_code=row.zip_code,
        time_zone=row.time_zone,
        language=row.language,
        journey_phase=JourneyPhase(row.journey_phase),
        burnout_score=row.burnout_score,
        burnout_band=None if row.burnout_score is None else band_of(row.burnout_score),
        burnout_confidence=confidence_of(taken, at),
        pressure_zones=tuple(map(PressureZone, row.pressure_zones)),
        last_inbound_at=row.last_inbound_at,
        last_proactive_at=row.last_proactive_at,
        last_crisis_at=row.last_crisis_at,
        sms_consent=SmsConsent(row.sms_consent),
        crisis_open=row.crisis_open,
        check_in_preference=CheckInPreference(row.check_in_preference),
        assistant_held_until=held_until if held_until and held_until > at else None,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def ensure_profile(db: DbWriter, user_id: UUID, at: datetime) -> tuple[Profile, bool]:
    """The person's profile, made where there is none; True where this call made it."""
    created = make_person(db, user_id, at)
    return profile_of(db, user_id, at), created


def update_profile(
    db: DbWriter, user_id: UUID, changes: Mapping[str, str], at: datetime
) -> Profile:
    """Stores what the person told of themselves.

    changes: by names of columns, values from `details`. Raises ProfileNotFound.
    """
    touched = db.execute(
        sa.update(user_profiles)
        .where(user_profiles.c.user_id == user_id)
        .values(**changes, updated_at=at)
    )
    if not touched:
        raise ProfileNotFound
    return profile_of(db, user_id, at)


def hold_assistant(db: DbWriter, user_id: UUID, until: datetime | None, at: datetime) -> Profile:
    """Stores until when the assistant answers nothing; None, or a moment that is past, for no hold.

    Raises ProfileNotFound.
    """
    touched = db.execute(
        sa.update(user_profiles)
        .where(user_profiles.c.user_id == user_id)
        .values(assistant_held_until=until, updated_at=at)
    )
    if not touched:
        raise ProfileNotFound
    return profile_of(db, user_id, at)


def record_access(db: DbWriter, user_id: UUID, granted: bool, at: datetime) -> JourneyPhase:
    """Moves the journey by what billing says, and returns the phase: see `journey.access_event`.

    Makes the profile where there is none: who paid may never have written.
    """
    lock_or_make_person(db, user_id, at)
    return access_moved(db, user_id, granted, at)
