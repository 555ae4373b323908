"""How often crisis texts are answered."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from kit.database import DbWriter
from services.profile.crisis import REPLY_WINDOW, is_answered
from services.profile.model.contact import lock_or_make_person
from services.profile.model.request_keys import first_use
from services.profile.tables import crisis_replies


def admit_crisis_reply(
    db: DbWriter, user_id: UUID, event_at: datetime, request_key: str, at: datetime
) -> bool:
    """Counts one crisis text, once for a request_key; whether it is answered.

    Makes the profile where there is none. The rule is `crisis.is_answered`.
    """
    lock_or_make_person(db, user_id, at)
    if (known := first_use(db, crisis_replies, request_key, user_id)) is not None:
        return bool(known.admitted)
    rows = db.rows(
        sa.select(crisis_replies.c.admitted).where(
            crisis_replies.c.user_id == user_id,
            crisis_replies.c.event_at > event_at - REPLY_WINDOW,
        )
    )
    admitted = is_answered([row.admitted for row in rows])
    db.execute(
        sa.insert(crisis_replies).values(
            request_key=request_key,
            user_id=user_id,
            admitted=admitted,
            event_at=event_at,
            created_at=at,
            updated_at=at,
        )
    )
    return admitted
