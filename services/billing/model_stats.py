"""Counts of accounts, for operators. From indexes alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa

from kit.database import DbReader
from services.billing.tables import PARKED, billing_accounts

_accounts = billing_accounts.c
_COUNT: Final = sa.select(sa.func.count()).select_from(billing_accounts)


@dataclass(frozen=True, slots=True)
class BillingStats:
    """Accounts counted; a person may have several.

    statuses: by Stripe's word, "" for those without a subscription; a status of no account is
    absent. with_access: by themselves, the ones in grace among them. parked: of nobody, and not
    because their person was erased.
    """

    statuses: Mapping[str, int]
    with_access: int
    in_grace: int
    parked: int


def billing_stats(db: DbReader, at: datetime, grace: timedelta) -> BillingStats:
    """All accounts counted, by the rules of `access_at` at the moment `at`."""
    statuses = {row.status: row.accounts for row in db.rows(_STATUSES)}
    if without := _count(db, _WITHOUT):
        statuses[""] = without
    in_grace = _count(db, _PAST_DUE, _accounts.unpaid_since > at - grace)
    in_paid_period = _count(db, _CANCELED, _accounts.paid_until > at)
    subscribed = statuses.get("active", 0) + statuses.get("trialing", 0)
    return BillingStats(
        statuses=statuses,
        with_access=subscribed + in_grace + in_paid_period,
        in_grace=in_grace,
        parked=_count(db, sa.text(PARKED)),
    )


def _count(db: DbReader, *where: sa.ColumnElement[bool] | sa.TextClause) -> int:
    found: int = db.scalar(_COUNT.where(*where))
    return found


# Stripe's words are found by leaps from one to the next, and counted one by one.
_STATUSES: Final = sa.text("""
WITH RECURSIVE found (status) AS (
  SELECT min(status) FROM billing.billing_accounts
  UNION ALL
  SELECT (SELECT min(a.status) FROM billing.billing_accounts a WHERE a.status > found.status)
    FROM found WHERE found.status IS NOT NULL
)
SELECT f.status,
       (SELECT count(*) FROM billing.billing_accounts a WHERE a.status = f.status) AS accounts
  FROM found f WHERE f.status IS NOT NULL
""")
_WITHOUT: Final = sa.text("status IS NULL")
# In the words of the partial indexes: a planner does not see through parameters.
_PAST_DUE: Final = sa.text("status = 'past_due'")
_CANCELED: Final = sa.text("status = 'canceled'")
