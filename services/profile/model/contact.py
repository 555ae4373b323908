"""The hot row of a person: who wrote when, and whom to ask how they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from kit.database import DbReader, DbWriter
from kit.paging import Page
from services.profile.burnout import BurnoutBand
from services.profile.consent import SmsConsent, Statement
from services.profile.journey import JourneyPhase, after_text
from services.profile.tables import contact_state, user_profiles


class ContactDirection(StrEnum):
    """Who wrote: the person, or we, unasked."""

    INBOUND = "inbound"
    PROACTIVE = "proactive"


@dataclass(frozen=True, slots=True)
class Contact:
    """A person's row of contact_state, as it stood when it was locked."""

    last_inbound_at: datetime | None
    last_proactive_at: datetime | None
    consent: Statement


@dataclass(frozen=True, slots=True)
class DueProfile:
    """One person whose last contact is long past."""

    user_id: UUID
    last_contact_at: datetime


def lock_person(db: DbWriter, user_id: UUID) -> Contact | None:
    """Locks the person's rows until the transaction ends; None where there are none.

    Every write of more than one row of a person begins with this, so that no two of them ever wait
    for each other in turn.
    """
    row = db.row(
        sa.select(
            contact_state.c.last_inbound_at,
            contact_state.c.last_proactive_at,
            contact_state.c.sms_consent,
            contact_state.c.sms_consent_at,
        )
        .where(contact_state.c.user_id == user_id)
        .with_for_update()
    )
    if row is None:
        return None
    consent = Statement(SmsConsent(row.sms_consent), row.sms_consent_at)
    return Contact(row.last_inbound_at, row.last_proactive_at, consent)


def make_person(db: DbWriter, user_id: UUID, at: datetime) -> bool:
    """Makes the person's rows where there are none; True where this call made them."""
    stamps = {"created_at": at, "updated_at": at}
    made = db.execute(
        insert(user_profiles).values(user_id=user_id, **stamps).on_conflict_do_nothing()
    )
    if made:
        db.execute(insert(contact_state).values(user_id=user_id, **stamps))
    return bool(made)


def lock_or_make_person(db: DbWriter, user_id: UUID, at: datetime) -> Contact:
    """`lock_person`, for deeds that must not get lost because nobody made a profile before."""
    contact = lock_person(db, user_id)
    if contact is None:
        make_person(db, user_id, at)
        contact = lock_person(db, user_id)
    assert contact is not None, "a person's rows vanished inside the transaction that made them"
    return contact


def record_contact(
    db: DbWriter, user_id: UUID, direction: ContactDirection, time: datetime, at: datetime
) -> SmsConsent:
    """Notes that somebody wrote at `time`, and returns the person's consent.

    A time that is not later than the one on record changes nothing. A text of the person that is
    news moves their journey: see `journey.after_text`.
    """
    contact = lock_or_make_person(db, user_id, at)
    inbound = direction is ContactDirection.INBOUND
    before = contact.last_inbound_at if inbound else contact.last_proactive_at
    if before is None or time > before:
        column = contact_state.c.last_inbound_at if inbound else contact_state.c.last_proactive_at
        db.execute(
            sa.update(contact_state)
            .where(contact_state.c.user_id == user_id)
            .values({column: time, contact_state.c.updated_at: at})
        )
        if inbound:
            _move_journey(db, user_id, at)
    return contact.consent.state


def _move_journey(db: DbWriter, user_id: UUID, at: datetime) -> None:
    """One read for most texts; the row that seldom changes is written only if it changes."""
    mine = user_profiles.c.user_id == user_id
    phase = JourneyPhase(db.scalar(sa.select(user_profiles.c.journey_phase).where(mine)))
    if (moved := after_text(phase)) is not phase:
        db.execute(sa.update(user_profiles).where(mine).values(journey_phase=moved, updated_at=at))


def due_for_check_in(
    db: DbReader, band: BurnoutBand, before: datetime, page: Page
) -> tuple[Sequence[DueProfile], str]:
    """One page of those of `band` whose last contact is not later than `before`.

    By by_band_contact, longest silence first. Left out: who has opted out, and who never was in
    contact at all.
    """
    stmt = sa.select(contact_state.c.user_id, contact_state.c.last_contact_at).where(
        contact_state.c.burnout_band == band,
        contact_state.c.last_contact_at <= before,
        sa.text("sms_consent <> 'opted_out'"),  # literal: it must match the index's predicate
    )
    rows = db.rows(page.select(stmt, contact_state.c.last_contact_at, contact_state.c.user_id))
    return page.cut(
        [DueProfile(row.user_id, row.last_contact_at) for row in rows],
        key=lambda due: (due.last_contact_at, due.user_id),
    )
