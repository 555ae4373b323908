"""What time does to people: phases that end, and texts that ask them back (the domain's 3 and 10).

Nobody is looked at before something may be due: each look says when the next one is. A text moves
no such moment, it only makes one come too early, so that texts need not write here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from kit.arrays import one_of, rows_of
from kit.database import AnyRow, DbReader, DbWriter
from kit.ids import uuid7
from services.profile.consent import SmsConsent
from services.profile.journey import (
    JourneyPhase,
    ReactivationState,
    Standing,
    moved_by_time,
    next_reactivation,
)
from services.profile.model.contact import lock_people
from services.profile.tables import contact_state, reactivations, user_profiles

_AFTER_PLANNING: Final = timedelta(days=7)
"""A planned text is sent or skipped long before; what became of it brings the next look forward."""

_AT_THE_LATEST: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Advanced:
    """How many people were looked at, and of them moved to another phase."""

    looked_at: int
    moved: int


@dataclass(frozen=True, slots=True)
class _Look:
    """What one look at a person found. stage: of the text to plan, None for none."""

    user_id: UUID
    before: JourneyPhase
    phase: JourneyPhase
    next_look: datetime | None
    silent_since: datetime
    stage: int | None


def advance_journeys(db: DbWriter, limit: int, at: datetime) -> Advanced:
    """Looks at up to `limit` people for whom something may be due, the longest overdue first."""
    ids = _due(db, limit, at)
    lock_people(db, ids)
    looks = [_look(row, at) for row in _standings(db, ids)]
    _plan(db, looks, at)
    moved = [look for look in looks if look.phase is not look.before]
    _store(db, moved, {"updated_at": at})
    _store(db, [look for look in looks if look.phase is look.before], {})
    return Advanced(len(looks), len(moved))


def _due(db: DbReader, limit: int, at: datetime) -> Sequence[UUID]:
    columns = user_profiles.c
    rows = db.rows(
        sa.select(columns.user_id)
        .where(columns.journey_check_at <= at)
        .order_by(columns.journey_check_at, columns.user_id)
        .limit(limit)
    )
    return [row.user_id for row in rows]


def _standings(db: DbReader, user_ids: Sequence[UUID]) -> Sequence[AnyRow]:
    silent_since = sa.func.coalesce(contact_state.c.last_inbound_at, user_profiles.c.created_at)

    def count(*states: ReactivationState) -> sa.ScalarSelect[int]:
        return (
            sa.select(sa.func.count())
            .where(
                reactivations.c.user_id == user_profiles.c.user_id,
                reactivations.c.silent_since == silent_since,
                reactivations.c.state.in_(states),
            )
            .correlate(user_profiles, contact_state)
            .scalar_subquery()
        )

    return db.rows(
        sa.select(
            user_profiles.c.user_id,
            user_profiles.c.journey_phase,
            user_profiles.c.last_crisis_at,
            contact_state.c.sms_consent,
            silent_since.label("silent_since"),
            count(ReactivationState.PLANNED).label("planned"),
            count(ReactivationState.SENT).label("sent"),
            count(ReactivationState.SKIPPED).label("skipped"),
        )
        .join_from(user_profiles, contact_state, contact_state.c.user_id == user_profiles.c.user_id)
        .where(one_of(user_profiles.c.user_id, user_ids))
    )


def _look(row: AnyRow, at: datetime) -> _Look:
    before = JourneyPhase(row.journey_phase)
    standing = Standing(before, row.silent_since, row.last_crisis_at, row.sent)
    phase, phase_due = moved_by_time(standing, at)
    if phase is JourneyPhase.CHURNED:
        return _Look(row.user_id, before, phase, None, row.silent_since, None)
    stage, next_text = _reactivation(row, at)
    moments = [at + _AT_THE_LATEST, next_text, phase_due]
    next_look = min(moment for moment in moments if moment is not None)
    return _Look(row.user_id, before, phase, next_look, row.silent_since, stage)


def _reactivation(row: AnyRow, at: datetime) -> tuple[int | None, datetime | None]:
    """The stage to plan now, and when to look for another."""
    if row.planned:
        return None, at + _AFTER_PLANNING
    following = next_reactivation(row.silent_since, row.sent + row.skipped)
    if following is None or row.sms_consent == SmsConsent.OPTED_OUT:
        return None, None
    stage, due_at = following
    return (stage, at + _AFTER_PLANNING) if due_at <= at else (None, due_at)


def _plan(db: DbWriter, looks: Sequence[_Look], at: datetime) -> None:
    planned = [
        {
            "reactivation_id": uuid7(),
            "user_id": look.user_id,
            "silent_since": look.silent_since,
            "stage": look.stage,
            "state": ReactivationState.PLANNED,
            "created_at": at,
            "updated_at": at,
        }
        for look in looks
        if look.stage is not None
    ]
    if planned:
        db.execute(insert(reactivations).values(planned).on_conflict_do_nothing())


def _store(db: DbWriter, looks: Sequence[_Look], also: Mapping[str, datetime]) -> None:
    if not looks:
        return
    columns = user_profiles.c
    given = rows_of(
        (columns.user_id, [look.user_id for look in looks]),
        (columns.journey_phase, [look.phase for look in looks]),
        (columns.journey_check_at, [look.next_look for look in looks]),
    )
    db.execute(
        sa.update(user_profiles)
        .where(columns.user_id == given.c.user_id)
        .values(
            journey_phase=given.c.journey_phase,
            journey_check_at=given.c.journey_check_at,
            **also,
        )
    )
