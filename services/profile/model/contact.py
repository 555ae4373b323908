"""The hot row of a person: who wrote when, and whom to ask how they are."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import Insert, insert

from kit.arrays import any_of, rows_given
from kit.binary_arrays import moments, uuids
from kit.database import DbReader, DbWriter
from kit.paging import Page
from services.profile.burnout import BurnoutBand
from services.profile.consent import SmsConsent, Statement
from services.profile.model.journeys import texts_moved
from services.profile.tables import contact_state, user_profiles

_LOCKED: Final = (
    sa.select(
        contact_state.c.user_id,
        contact_state.c.last_inbound_at,
        contact_state.c.last_proactive_at,
        contact_state.c.sms_consent,
        contact_state.c.sms_consent_at,
    )
    .where(any_of(contact_state.c.user_id, "user_ids"))
    .order_by(contact_state.c.user_id)
    .with_for_update()
)


class ContactDirection(StrEnum):
    """Who wrote: the person, or we, unasked."""

    INBOUND = "inbound"
    PROACTIVE = "proactive"


@dataclass(frozen=True, slots=True)
class Contact:
    """A person's row of contact_state, as it stands since it was locked."""

    last_inbound_at: datetime | None
    last_proactive_at: datetime | None
    consent: Statement


@dataclass(frozen=True, slots=True)
class Writing:
    """Somebody wrote: the person, or we to them. time: when, aware, UTC."""

    user_id: UUID
    direction: ContactDirection
    time: datetime

    def after(self, contact: Contact) -> Contact:
        """The row after it; the same one where it is no news: times never move back."""
        inbound = self.direction is ContactDirection.INBOUND
        before = contact.last_inbound_at if inbound else contact.last_proactive_at
        if before is not None and self.time <= before:
            return contact
        if inbound:
            return Contact(self.time, contact.last_proactive_at, contact.consent)
        return Contact(contact.last_inbound_at, self.time, contact.consent)


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
    return lock_people(db, [user_id]).get(user_id)


def lock_people(db: DbWriter, user_ids: Collection[UUID]) -> dict[UUID, Contact]:
    """`lock_person` for many, one after the other in the order of their ids; who has rows."""
    return {
        user_id: Contact(last_inbound_at, last_proactive_at, Statement(SmsConsent(consent), since))
        for user_id, last_inbound_at, last_proactive_at, consent, since in db.rows(
            _LOCKED, {"user_ids": uuids(user_ids)}
        )
    }


def make_person(db: DbWriter, user_id: UUID, at: datetime) -> bool:
    """Makes the person's rows where there are none; True where this call made them."""
    return bool(make_people(db, [user_id], at))


def make_people(db: DbWriter, user_ids: Collection[UUID], at: datetime) -> Collection[UUID]:
    """`make_person` for many; those that this call made."""
    rows = db.rows(_NEW_PROFILES, {"given_user_id": uuids(user_ids), "at": at})
    made = [row.user_id for row in rows]
    if made:
        db.execute(_NEW_CONTACTS, {"given_user_id": uuids(made), "at": at})
    return made


def _rows_of_people(table: sa.Table) -> Insert:
    given = rows_given(table.c.user_id)
    moment = sa.bindparam("at", type_=table.c.created_at.type)
    people = sa.select(given.c.user_id, moment, moment).order_by(given.c.user_id)
    return insert(table).from_select(["user_id", "created_at", "updated_at"], people)


_NEW_PROFILES: Final = (
    _rows_of_people(user_profiles).on_conflict_do_nothing().returning(user_profiles.c.user_id)
)
_NEW_CONTACTS: Final = _rows_of_people(contact_state)


def lock_or_make_person(db: DbWriter, user_id: UUID, at: datetime) -> Contact:
    """`lock_person`, for deeds that must not get lost because nobody made a profile before."""
    return lock_or_make_people(db, [user_id], at)[user_id]


def lock_or_make_people(
    db: DbWriter, user_ids: Collection[UUID], at: datetime
) -> dict[UUID, Contact]:
    """`lock_or_make_person` for many; a row for each."""
    people = lock_people(db, user_ids)
    missing = [user_id for user_id in user_ids if user_id not in people]
    if missing:
        make_people(db, missing, at)
        people |= lock_people(db, missing)
    assert people.keys() >= set(user_ids), "rows vanished inside the transaction that made them"
    return people


def record_contacts(db: DbWriter, writings: Sequence[Writing], at: datetime) -> list[SmsConsent]:
    """Notes that people wrote or were written to, and returns the consent of each, in order.

    A time that is not later than the one on record changes nothing. A text of the person that is
    news moves their journey: see `journey.text_event`.
    """
    people = lock_or_make_people(db, {writing.user_id for writing in writings}, at)
    news: dict[UUID, Contact] = {}
    wrote: set[UUID] = set()
    for writing in writings:
        before = news.get(writing.user_id) or people[writing.user_id]
        if (after := writing.after(before)) is not before:
            news[writing.user_id] = after
            if writing.direction is ContactDirection.INBOUND:
                wrote.add(writing.user_id)
    if news:
        _store_contacts(db, news, at)
    if wrote:
        texts_moved(db, wrote, at)
    return [people[writing.user_id].consent.state for writing in writings]


def _store_contacts(db: DbWriter, news: Mapping[UUID, Contact], at: datetime) -> None:
    params = {
        "given_user_id": uuids(news),
        "given_last_inbound_at": moments(each.last_inbound_at for each in news.values()),
        "given_last_proactive_at": moments(each.last_proactive_at for each in news.values()),
        "at": at,
    }
    db.execute(_STORED, params)


def _stored() -> sa.Update:
    columns = contact_state.c
    given = rows_given(columns.user_id, columns.last_inbound_at, columns.last_proactive_at)
    return (
        sa.update(contact_state)
        .where(columns.user_id == given.c.user_id)
        .values(
            last_inbound_at=given.c.last_inbound_at,
            last_proactive_at=given.c.last_proactive_at,
            updated_at=sa.bindparam("at", type_=columns.updated_at.type),
        )
    )


_STORED: Final = _stored()


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
