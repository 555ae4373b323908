"""The texts that ask silent people back: planned by the passing of time, each sent at most once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from kit.database import AnyRow, DbReader, DbWriter
from kit.paging import Page
from services.profile.journey import ReactivationState
from services.profile.model.contact import lock_person
from services.profile.refusals import ReactivationNotFound
from services.profile.tables import reactivations, user_profiles


@dataclass(frozen=True, slots=True)
class Reactivation:
    """One text that asks a person back. stage: 1 to 3. silent_since: what it is about."""

    reactivation_id: UUID
    user_id: UUID
    silent_since: datetime
    stage: int
    state: ReactivationState


_REACTIVATION = sa.select(
    reactivations.c.reactivation_id,
    reactivations.c.user_id,
    reactivations.c.silent_since,
    reactivations.c.stage,
    reactivations.c.state,
)


def record_reactivation(
    db: DbWriter, reactivation_id: UUID, state: ReactivationState, at: datetime
) -> Reactivation:
    """Marks a planned one as sent or skipped, and has its person looked at for what comes next.

    One that is not planned any more stays what it is. Raises ReactivationNotFound.
    """
    found = reactivation_of(db, reactivation_id)
    lock_person(db, found.user_id)
    changed = db.execute(
        sa.update(reactivations)
        .where(
            reactivations.c.reactivation_id == reactivation_id,
            reactivations.c.state == ReactivationState.PLANNED,
        )
        .values(state=state, updated_at=at)
    )
    if changed:
        db.execute(
            sa.update(user_profiles)
            .where(user_profiles.c.user_id == found.user_id)
            .values(journey_check_at=at)
        )
    return reactivation_of(db, reactivation_id)


def reactivation_of(db: DbReader, reactivation_id: UUID) -> Reactivation:
    """One of them. Raises ReactivationNotFound."""
    row = db.row(_REACTIVATION.where(reactivations.c.reactivation_id == reactivation_id))
    if row is None:
        raise ReactivationNotFound
    return _reactivation(row)


def planned_reactivations(db: DbReader, page: Page) -> tuple[Sequence[Reactivation], str]:
    """One page of those that wait to be sent, oldest first."""
    stmt = _REACTIVATION.where(sa.text("state = 'planned'"))  # literal: as the index has it
    rows = db.rows(page.select(stmt, reactivations.c.reactivation_id))
    return page.cut([_reactivation(row) for row in rows], key=lambda each: (each.reactivation_id,))


def _reactivation(row: AnyRow) -> Reactivation:
    return Reactivation(
        reactivation_id=row.reactivation_id,
        user_id=row.user_id,
        silent_since=row.silent_since,
        stage=row.stage,
        state=ReactivationState(row.state),
    )
