"""The ledger of consent, and the consent that holds."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from kit.database import DbWriter
from services.profile.consent import ConsentSource, SmsConsent, Statement, holding
from services.profile.model.contact import lock_or_make_person
from services.profile.model.request_keys import first_use
from services.profile.tables import consent_events, contact_state


def set_sms_consent(
    db: DbWriter,
    user_id: UUID,
    said: Statement,
    source: ConsentSource,
    request_key: str,
    at: datetime,
) -> tuple[SmsConsent, bool]:
    """Stores one statement, once for a request_key; what holds now, and whether this changed it.

    said: with its event time. Makes the profile where there is none, so that no opt-out is lost.
    """
    before = lock_or_make_person(db, user_id, at).consent
    if (known := first_use(db, consent_events, request_key, user_id)) is not None:
        return before.state, known.changed
    after = holding(before, said)
    changed = after.state is not before.state
    db.execute(
        sa.insert(consent_events).values(
            user_id=user_id,
            state=said.state,
            source=source,
            event_at=said.event_at,
            request_key=request_key,
            changed=changed,
            created_at=at,
            updated_at=at,
        )
    )
    if after != before:
        db.execute(
            sa.update(contact_state)
            .where(contact_state.c.user_id == user_id)
            .values(sms_consent=after.state, sms_consent_at=after.event_at, updated_at=at)
        )
    return after.state, changed
