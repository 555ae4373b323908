"""Episodes of crisis: opened and joined by texts, closed by a person, followed up in between."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from kit.database import AnyRow, DbReader, DbWriter
from kit.ids import uuid7
from kit.paging import Page
from services.profile.crisis import CrisisKind, CrisisSource, CrisisState, begins_anew, gravest
from services.profile.model.contact import lock_or_make_person, lock_person
from services.profile.model.follow_ups import (
    FollowUp,
    cancel_planned,
    follow_ups_of,
    plan_series,
)
from services.profile.model.journeys import crisis_moved
from services.profile.model.request_keys import first_use
from services.profile.refusals import CrisisNotFound
from services.profile.tables import crises, crisis_texts, user_profiles


@dataclass(frozen=True, slots=True)
class CrisisText:
    """One crisis text, without its words: what it is about, when it came, what took it for one."""

    kind: CrisisKind
    event_at: datetime
    source: CrisisSource = CrisisSource.RULES


@dataclass(frozen=True, slots=True)
class Episode:
    """Everything from a first crisis text until somebody resolves it; follow-ups by due time.

    kind: the gravest of its texts.
    """

    crisis_id: UUID
    user_id: UUID
    kind: CrisisKind
    state: CrisisState
    started_at: datetime
    last_text_at: datetime
    text_count: int
    resolved_at: datetime | None
    source: CrisisSource
    follow_ups: tuple[FollowUp, ...]


_EPISODE = sa.select(
    crises.c.crisis_id,
    crises.c.user_id,
    crises.c.kind,
    crises.c.state,
    crises.c.started_at,
    crises.c.last_text_at,
    crises.c.text_count,
    crises.c.resolved_at,
    crises.c.source,
)


def record_crisis(
    db: DbWriter, user_id: UUID, text: CrisisText, request_key: str, at: datetime
) -> Episode:
    """Counts one crisis text, once for a request_key, and returns its episode as it stands.

    The text opens an episode or joins the open one; see `crisis.begins_anew` for the follow-ups.
    Makes the profile where there is none.
    """
    lock_or_make_person(db, user_id, at)
    if (known := first_use(db, crisis_texts, request_key, user_id)) is not None:
        return episode_of(db, known.crisis_id)
    crisis_id = _join(db, user_id, text, at) or _open(db, user_id, text, at)
    db.execute(
        sa.insert(crisis_texts).values(
            request_key=request_key,
            crisis_id=crisis_id,
            user_id=user_id,
            kind=text.kind,
            event_at=text.event_at,
            source=text.source,
            created_at=at,
            updated_at=at,
        )
    )
    db.execute(
        sa.update(user_profiles)
        .where(user_profiles.c.user_id == user_id)
        .values(
            # greatest() ignores a null
            last_crisis_at=sa.func.greatest(user_profiles.c.last_crisis_at, text.event_at),
            updated_at=at,
        )
    )
    crisis_moved(db, user_id, at)
    return episode_of(db, crisis_id)


def _open(db: DbWriter, user_id: UUID, text: CrisisText, at: datetime) -> UUID:
    crisis_id = uuid7()
    db.execute(
        sa.insert(crises).values(
            crisis_id=crisis_id,
            user_id=user_id,
            kind=text.kind,
            state=CrisisState.OPEN,
            started_at=text.event_at,
            last_text_at=text.event_at,
            text_count=1,
            series=1,
            source=text.source,
            created_at=at,
            updated_at=at,
        )
    )
    plan_series(db, user_id, crisis_id, 1, text.event_at, at)
    return crisis_id


def _join(db: DbWriter, user_id: UUID, text: CrisisText, at: datetime) -> UUID | None:
    """The id of the open episode, which now counts the text; None where none is open."""
    row = db.row(
        sa.select(crises.c.crisis_id, crises.c.kind, crises.c.last_text_at, crises.c.series).where(
            crises.c.user_id == user_id, sa.text("state = 'open'")
        )
    )
    if row is None:
        return None
    crisis_id: UUID = row.crisis_id
    series = row.series
    if begins_anew(row.last_text_at, text.event_at):
        series += 1
        cancel_planned(db, crisis_id, at)
        plan_series(db, user_id, crisis_id, series, text.event_at, at)
    changed: dict[str, str] = {}
    if text.source is CrisisSource.RULES:
        changed["source"] = text.source
    db.execute(
        sa.update(crises)
        .where(crises.c.crisis_id == crisis_id)
        .values(
            kind=gravest((CrisisKind(row.kind), text.kind)),
            started_at=sa.func.least(crises.c.started_at, text.event_at),
            last_text_at=sa.func.greatest(crises.c.last_text_at, text.event_at),
            text_count=crises.c.text_count + 1,
            series=series,
            updated_at=at,
            **changed,
        )
    )
    return crisis_id


def resolve_crisis(db: DbWriter, crisis_id: UUID, at: datetime) -> Episode:
    """Closes an episode and cancels its unsent follow-ups; repeating it changes nothing.

    The journey stays where it is: it goes by the time since the last crisis text. Raises
    CrisisNotFound.
    """
    db.note(f"crisis_id={crisis_id}")
    user_id = db.scalar(sa.select(crises.c.user_id).where(crises.c.crisis_id == crisis_id))
    if user_id is None:
        raise CrisisNotFound
    lock_person(db, user_id)
    closed = db.execute(
        sa.update(crises)
        .where(crises.c.crisis_id == crisis_id, crises.c.state == CrisisState.OPEN)
        .values(state=CrisisState.RESOLVED, resolved_at=at, updated_at=at)
    )
    if closed:
        cancel_planned(db, crisis_id, at)
        db.execute(
            sa.update(user_profiles).where(user_profiles.c.user_id == user_id).values(updated_at=at)
        )
    return episode_of(db, crisis_id)


def episode_of(db: DbReader, crisis_id: UUID) -> Episode:
    """One episode. Raises CrisisNotFound."""
    row = db.row(_EPISODE.where(crises.c.crisis_id == crisis_id))
    if row is None:
        raise CrisisNotFound
    return _episodes(db, [row])[0]


def list_crises(
    db: DbReader, user_id: UUID | None, state: CrisisState | None, page: Page
) -> tuple[Sequence[Episode], str]:
    """One page of episodes, newest first. None means any person, any state."""
    stmt = _EPISODE
    if user_id is not None:
        stmt = stmt.where(crises.c.user_id == user_id)
    if state is CrisisState.OPEN:
        stmt = stmt.where(sa.text("state = 'open'"))  # literal: it matches the partial indexes
    elif state is not None:
        stmt = stmt.where(crises.c.state == state)
    rows = db.rows(page.select(stmt, crises.c.crisis_id, descending=True))
    kept, token = page.cut(rows, key=lambda row: (row.crisis_id,))
    return _episodes(db, kept), token


def _episodes(db: DbReader, rows: Sequence[AnyRow]) -> list[Episode]:
    """The episodes of these rows, with what belongs to all of them in two queries."""
    ids = [row.crisis_id for row in rows]
    kinds = _kinds_said(db, ids)
    follow_ups = follow_ups_of(db, ids)
    return [
        Episode(
            crisis_id=row.crisis_id,
            user_id=row.user_id,
            kind=gravest([CrisisKind(row.kind), *kinds[row.crisis_id]]),
            state=CrisisState(row.state),
            started_at=row.started_at,
            last_text_at=row.last_text_at,
            text_count=row.text_count,
            resolved_at=row.resolved_at,
            source=CrisisSource(row.source),
            follow_ups=tuple(follow_ups[row.crisis_id]),
        )
        for row in rows
    ]


def _kinds_said(db: DbReader, crisis_ids: Collection[UUID]) -> dict[UUID, list[CrisisKind]]:
    """Of what kinds the texts of each of these episodes were.

    What the episode's own row says may be less: a process of an older version, during an upgrade,
    stores the kind of its latest text there.
    """
    found: dict[UUID, list[CrisisKind]] = {crisis_id: [] for crisis_id in crisis_ids}
    if found:
        texts = crisis_texts.c
        stmt = sa.select(texts.crisis_id, texts.kind).where(texts.crisis_id.in_(found)).distinct()
        for row in db.rows(stmt):
            found[row.crisis_id].append(CrisisKind(row.kind))
    return found
