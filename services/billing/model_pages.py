"""Pages at Stripe: which of their keys have an answer already, and on which somebody may pay."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from kit.database import DbReader, DbWriter
from services.billing.tables import checkout_pages, refused_pages

ANSWERS_KEPT: Final = timedelta(days=1)
"""At least so long Stripe repeats its answers (https://docs.stripe.com/api/idempotent_requests)."""

PAGES_KEPT: Final = timedelta(days=2)
"""A page can be paid for 24 hours (https://docs.stripe.com/api/checkout/sessions/object), and is
repeated for about as long."""

_LOCK_CLASS: Final = 0x7067  # of this schema's two-key advisory locks; "pg" in ASCII

_refused = refused_pages.c
_pages = checkout_pages.c
_STANDS: Final = sa.and_(_pages.replaced_at.is_(None), _pages.closed_at.is_(None))


def refusals_of(db: DbReader, page: str) -> int:
    """How many keys of the page have an answer that is none, or is closed.

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


def record_page(db: DbWriter, user_id: UUID, session_id: str, at: datetime) -> list[str] | None:
    """The person has this page, in place of their others: those that are open; None where another
    has taken its place, or it is closed.

    One page of a person is recorded at a time, and the others are given up in that very
    transaction: of two each of which is somebody's other, one takes the place of the other and not
    the other way round. Forgets what Stripe has forgotten by `at`.
    """
    person = sa.func.hashtext(str(user_id))
    db.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK_CLASS, person)))
    db.execute(sa.delete(checkout_pages).where(_pages.created_at < at - PAGES_KEPT))
    made = insert(checkout_pages).values(
        session_id=session_id, user_id=user_id, created_at=at, updated_at=at
    )
    db.execute(made.on_conflict_do_nothing(index_elements=[_pages.session_id]))
    if not db.scalar(sa.select(_STANDS).where(_pages.session_id == session_id)):
        return None
    others = sa.update(checkout_pages).where(
        _pages.user_id == user_id, _pages.session_id != session_id, _STANDS
    )
    db.execute(others.values(replaced_at=at, updated_at=at))
    return [one for one in open_pages(db, user_id) if one != session_id]


def standing_page(db: DbReader, user_id: UUID) -> str | None:
    """The person's page whose place no other has taken and which nobody has closed."""
    stmt = sa.select(_pages.session_id).where(_pages.user_id == user_id, _STANDS)
    found = db.scalar(stmt.order_by(_pages.created_at.desc()).limit(1))
    return None if found is None else str(found)


def open_pages(db: DbReader, user_id: UUID) -> list[str]:
    """Ids of the person's pages that nobody has closed, oldest first."""
    stmt = sa.select(_pages.session_id).where(_pages.user_id == user_id, _pages.closed_at.is_(None))
    return [row.session_id for row in db.rows(stmt.order_by(_pages.created_at))]


def record_closed(db: DbWriter, session_id: str, at: datetime) -> None:
    """Nobody can pay on the page any more."""
    closed = sa.update(checkout_pages).where(_pages.session_id == session_id)
    db.execute(closed.values(closed_at=at, updated_at=at))


def forget_pages(db: DbWriter, user_id: UUID) -> int:
    """Deletes the person's pages; how many."""
    return db.execute(sa.delete(checkout_pages).where(_pages.user_id == user_id))
