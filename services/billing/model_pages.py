"""Pages that Stripe refused to make: which of their keys have an answer already."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from kit.database import DbReader, DbWriter
from services.billing.tables import refused_pages

ANSWERS_KEPT: Final = timedelta(days=1)
"""At least so long Stripe repeats its answers (https://docs.stripe.com/api/idempotent_requests)."""

_refused = refused_pages.c


def refusals_of(db: DbReader, page: str) -> int:
    """How many keys of the page have an answer that is none.

    page: hash of what is asked for and of our key.
    """
    return int(db.scalar(sa.select(_refused.refusals).where(_refused.page == page)) or 0)


def record_refusal(db: DbWriter, page: str, refusals: int, at: datetime) -> None:
    """The page has this many refusals now, or more; forgets what Stripe has forgotten by `at`."""
    db.execute(sa.delete(refused_pages).where(_refused.updated_at < at - ANSWERS_KEPT))
    made = insert(refused_pages).values(page=page, refusals=refusals, created_at=at, updated_at=at)
    changes: dict[str, Any] = {
        "refusals": sa.func.greatest(_refused.refusals, made.excluded.refusals),
        "updated_at": made.excluded.updated_at,
    }
    db.execute(made.on_conflict_do_update(index_elements=[_refused.page], set_=changes))
