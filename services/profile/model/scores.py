"""Burnout scores, and the composite and band that follow from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from kit.database import DbReader, DbWriter
from kit.paging import Page
from services.profile.burnout import BurnoutBand, Score, ScoreSource, band_of, composite_of
from services.profile.model.contact import lock_person
from services.profile.model.profiles import Profile, profile_of
from services.profile.model.request_keys import first_use
from services.profile.refusals import ProfileNotFound
from services.profile.tables import burnout_scores, contact_state, user_profiles


@dataclass(frozen=True, slots=True)
class RecordedScore:
    """One score on record."""

    score_id: int
    score: float
    band: BurnoutBand
    source: ScoreSource
    recorded_at: datetime


def record_burnout_score(
    db: DbWriter,
    user_id: UUID,
    score: float,
    source: ScoreSource,
    request_key: str,
    at: datetime,
) -> Profile:
    """Stores a score taken at `at`, once for a request_key, and returns the profile.

    score: from `parse_score`. The composite and its band are computed and stored here; they stay
    right until the next score (see `composite_of`). Raises ProfileNotFound.
    """
    if lock_person(db, user_id) is None:
        raise ProfileNotFound
    if first_use(db, burnout_scores, request_key, user_id) is None:
        add_score(db, user_id, score, source, request_key, at)
    return profile_of(db, user_id, at)


def add_score(
    db: DbWriter,
    user_id: UUID,
    score: float,
    source: ScoreSource,
    request_key: str,
    at: datetime,
) -> None:
    """Stores a score under a key that is new, with its composite; the person must be locked."""
    db.execute(
        sa.insert(burnout_scores).values(
            user_id=user_id,
            score=score,
            source=source,
            recorded_at=at,
            request_key=request_key,
            created_at=at,
            updated_at=at,
        )
    )
    _store_composite(db, user_id, at)


def _store_composite(db: DbWriter, user_id: UUID, at: datetime) -> None:
    composite = composite_of(_newest_scores(db, user_id))
    assert composite is not None, "no composite right after a score was stored"
    db.execute(
        sa.update(user_profiles)
        .where(user_profiles.c.user_id == user_id)
        .values(burnout_score=composite, updated_at=at)
    )
    db.execute(
        sa.update(contact_state)
        .where(contact_state.c.user_id == user_id)
        .values(burnout_band=band_of(composite), updated_at=at)
    )


def _newest_scores(db: DbReader, user_id: UUID) -> dict[ScoreSource, Score]:
    newest: dict[ScoreSource, Score] = {}
    for source in ScoreSource:
        row = db.row(
            sa.select(burnout_scores.c.score, burnout_scores.c.recorded_at)
            .where(burnout_scores.c.user_id == user_id, burnout_scores.c.source == source)
            .order_by(burnout_scores.c.recorded_at.desc(), burnout_scores.c.score_id.desc())
            .limit(1)
        )
        if row is not None:
            newest[source] = Score(row.score, row.recorded_at)
    return newest


def scores_of(db: DbReader, user_id: UUID, page: Page) -> tuple[Sequence[RecordedScore], str]:
    """One page of a person's scores, newest first; empty where there is no such person."""
    table = burnout_scores.c
    stmt = sa.select(table.score_id, table.score, table.source, table.recorded_at).where(
        table.user_id == user_id
    )
    rows = db.rows(page.select(stmt, table.recorded_at, table.score_id, descending=True))
    scores = [
        RecordedScore(
            row.score_id, row.score, band_of(row.score), ScoreSource(row.source), row.recorded_at
        )
        for row in rows
    ]
    return page.cut(scores, key=lambda score: (score.recorded_at, score.score_id))
