"""The texts that ask how a person is, in the five weeks after a crisis."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from kit.database import AnyRow, DbReader, DbWriter
from kit.ids import uuid7
from services.profile.crisis import FollowUpState, follow_ups_from
from services.profile.refusals import FollowUpNotFound
from services.profile.tables import crisis_follow_ups


@dataclass(frozen=True, slots=True)
class FollowUp:
    """One planned text after a crisis."""

    follow_up_id: UUID
    user_id: UUID
    crisis_id: UUID
    stage: int
    due_at: datetime
    state: FollowUpState


_FOLLOW_UP = sa.select(
    crisis_follow_ups.c.follow_up_id,
    crisis_follow_ups.c.user_id,
    crisis_follow_ups.c.crisis_id,
    crisis_follow_ups.c.stage,
    crisis_follow_ups.c.due_at,
    crisis_follow_ups.c.state,
)


def plan_series(
    db: DbWriter, user_id: UUID, crisis_id: UUID, series: int, event_at: datetime, at: datetime
) -> None:
    """Plans the seven follow-ups of one series, counted from the crisis text that began it."""
    planned = [
        {
            "follow_up_id": uuid7(),
            "crisis_id": crisis_id,
            "user_id": user_id,
            "series": series,
            "stage": stage,
            "due_at": due_at,
            "state": FollowUpState.PLANNED,
            "created_at": at,
            "updated_at": at,
        }
        for stage, due_at in follow_ups_from(event_at)
    ]
    db.execute(sa.insert(crisis_follow_ups).values(planned))


def cancel_planned(db: DbWriter, crisis_id: UUID, at: datetime) -> None:
    """Cancels what an episode has not sent yet."""
    db.execute(
        sa.update(crisis_follow_ups)
        .where(
            crisis_follow_ups.c.crisis_id == crisis_id,
            crisis_follow_ups.c.state == FollowUpState.PLANNED,
        )
        .values(state=FollowUpState.CANCELED, updated_at=at)
    )


def record_follow_up(
    db: DbWriter, follow_up_id: UUID, state: FollowUpState, at: datetime
) -> FollowUp:
    """Marks a planned follow-up as sent or skipped; one that is not planned stays what it is.

    Raises FollowUpNotFound.
    """
    db.execute(
        sa.update(crisis_follow_ups)
        .where(
            crisis_follow_ups.c.follow_up_id == follow_up_id,
            crisis_follow_ups.c.state == FollowUpState.PLANNED,
        )
        .values(state=state, updated_at=at)
    )
    return follow_up_of(db, follow_up_id)


def follow_up_of(db: DbReader, follow_up_id: UUID) -> FollowUp:
    """One follow-up. Raises FollowUpNotFound."""
    row = db.row(_FOLLOW_UP.where(crisis_follow_ups.c.follow_up_id == follow_up_id))
    if row is None:
        raise FollowUpNotFound
    return _follow_up(row)


def follow_ups_of(db: DbReader, crisis_ids: Collection[UUID]) -> dict[UUID, list[FollowUp]]:
    """The follow-ups of each of these episodes, in the order of their due times."""
    found: dict[UUID, list[FollowUp]] = {crisis_id: [] for crisis_id in crisis_ids}
    if found:
        stmt = _FOLLOW_UP.where(crisis_follow_ups.c.crisis_id.in_(found)).order_by(
            crisis_follow_ups.c.due_at, crisis_follow_ups.c.series, crisis_follow_ups.c.stage
        )
        for row in db.rows(stmt):
            found[row.crisis_id].append(_follow_up(row))
    return found


def _follow_up(row: AnyRow) -> FollowUp:
    return FollowUp(
        follow_up_id=row.follow_up_id,
        user_id=row.user_id,
        crisis_id=row.crisis_id,
        stage=row.stage,
        due_at=row.due_at,
        state=FollowUpState(row.state),
    )
