"""Journeys: moved by what happens to people and by time that passes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

import sqlalchemy as sa

from kit.arrays import any_of, rows_of
from kit.binary_arrays import uuids
from kit.database import DbReader, DbWriter
from services.profile.journey import (
    JourneyEvent,
    JourneyPhase,
    access_event,
    after,
    text_event,
)
from services.profile.tables import user_profiles

_COLUMNS = user_profiles.c
_STANDINGS: Final = sa.select(_COLUMNS.user_id, _COLUMNS.journey_phase, _COLUMNS.has_access).where(
    any_of(_COLUMNS.user_id, "user_ids")
)


def texts_moved(db: DbWriter, user_ids: Collection[UUID], at: datetime) -> None:
    """These people wrote. They must be locked; one read for most texts."""
    moved = {
        user_id: phase
        for user_id, stored, has_access in db.rows(_STANDINGS, {"user_ids": uuids(user_ids)})
        if (phase := after(before := JourneyPhase(stored), text_event(has_access))) is not before
    }
    _store(db, moved, at)


def crisis_moved(db: DbWriter, user_id: UUID, at: datetime) -> None:
    """A crisis text of this person came. They must be locked."""
    phase, _ = _standing_of(db, user_id)
    _store(db, {user_id: after(phase, JourneyEvent.CRISIS)}, at)


def access_moved(db: DbWriter, user_id: UUID, granted: bool, at: datetime) -> JourneyPhase:
    """Billing says whether this person has access; the phase after it. They must be locked."""
    before, had_access = _standing_of(db, user_id)
    event = access_event(had_access, granted)
    if event is None:
        return before
    phase = after(before, event)
    db.execute(
        sa.update(user_profiles)
        .where(_COLUMNS.user_id == user_id)
        .values(has_access=granted, journey_phase=phase, journey_check_at=at, updated_at=at)
    )
    return phase


def _standing_of(db: DbReader, user_id: UUID) -> tuple[JourneyPhase, bool]:
    row = db.row(
        sa.select(_COLUMNS.journey_phase, _COLUMNS.has_access).where(_COLUMNS.user_id == user_id)
    )
    assert row is not None, "a person without a profile was locked"
    return JourneyPhase(row.journey_phase), row.has_access


def _store(db: DbWriter, moved: Mapping[UUID, JourneyPhase], at: datetime) -> None:
    """When time will move them on is for the next look at them to say."""
    if not moved:
        return
    given = rows_of((_COLUMNS.user_id, [*moved]), (_COLUMNS.journey_phase, [*moved.values()]))
    db.execute(
        sa.update(user_profiles)
        .where(_COLUMNS.user_id == given.c.user_id)
        .values(journey_phase=given.c.journey_phase, journey_check_at=at, updated_at=at)
    )
