"""Accounts and welcome requests: every query of the schema `billing`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import grpc
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import Insert, insert

from kit.arrays import any_of
from kit.binary_arrays import uuids
from kit.database import AnyRow, DbReader, DbWriter
from kit.paging import Page
from kit.refusals import Refusal
from services.billing.access import Access, Subscription, access_at, best, standing
from services.billing.model_pages import forget_pages
from services.billing.tables import billing_accounts, undone_links, welcome_requests

_accounts = billing_accounts.c
_welcomes = welcome_requests.c


class AccountNotFound(Refusal):
    """No billing account is known for this person or customer."""

    code = grpc.StatusCode.NOT_FOUND


@dataclass(frozen=True, slots=True)
class Account:
    """One Stripe customer as mirrored.

    user_id: None while nobody is linked. subscription: the one with the best access, None where
    there is none. version: how often the truth was stored. synced_at: None before the first time.
    Times: aware, UTC.
    """

    stripe_customer_id: str
    user_id: UUID | None
    subscription: Subscription | None
    customer_deleted: bool
    version: int
    synced_at: datetime | None
    welcome_requested_at: datetime | None
    created_at: datetime
    updated_at: datetime
    erased_at: datetime | None
    phone_distrusted_at: datetime | None


# The columns of the truth: what a sync stores, in the order of `_facts`.
_TRUTH: Final = (
    "stripe_subscription_id",
    "status",
    "price_id",
    "current_period_end",
    "trial_end",
    "cancel_time",
    "paid_until",
    "unpaid_since",
    "customer_deleted",
)
_SELECT_TRUTHS: Final = sa.select(
    *(billing_accounts.c[name] for name in _TRUTH), _accounts.user_id
).where(any_of(_accounts.user_id, "user_ids"))
_SELECT: Final = sa.select(
    *(billing_accounts.c[name] for name in _TRUTH),
    _accounts.stripe_customer_id,
    _accounts.user_id,
    _accounts.version,
    _accounts.synced_at,
    _accounts.created_at,
    _accounts.updated_at,
    _accounts.erased_at,
    _accounts.phone_distrusted_at,
    _welcomes.requested_at,
).select_from(billing_accounts.outerjoin(welcome_requests, _welcomes.user_id == _accounts.user_id))


def _store_truth() -> Insert:
    given = (*_TRUTH, "stripe_customer_id", "version", "synced_at", "created_at", "updated_at")
    made = insert(billing_accounts).values({name: sa.bindparam(name) for name in given})
    before = sa.tuple_(*(billing_accounts.c[name] for name in _TRUTH))
    after = sa.tuple_(*(made.excluded[name] for name in _TRUTH))
    changes: dict[str, Any] = {
        name: made.excluded[name] for name in (*_TRUTH, "version", "synced_at")
    }
    changes["updated_at"] = sa.case(
        (before.is_distinct_from(after), made.excluded.updated_at), else_=_accounts.updated_at
    )
    return made.on_conflict_do_update(
        index_elements=[_accounts.stripe_customer_id],
        set_=changes,
        where=_accounts.version == sa.bindparam("seen"),
    )


# Building it takes longer than running it.
_STORE_TRUTH: Final = _store_truth()


def account_of_customer(db: DbReader, stripe_customer_id: str) -> Account:
    """The customer's account. Raises AccountNotFound."""
    account = known_account(db, stripe_customer_id)
    if account is None:
        raise AccountNotFound
    return account


def known_account(db: DbReader, stripe_customer_id: str) -> Account | None:
    """The customer's account, None for a customer that was never seen."""
    row = db.row(_SELECT.where(_accounts.stripe_customer_id == stripe_customer_id))
    return None if row is None else _account(row)


def best_account(db: DbReader, user_id: UUID, at: datetime, grace: timedelta) -> Account:
    """Of the person's accounts the one with the best access at `at`. Raises AccountNotFound."""
    account = _best_of(_accounts_of(db, user_id), at, grace)
    if account is None:
        raise AccountNotFound
    return account


def access_of_user(db: DbReader, user_id: UUID, at: datetime, grace: timedelta) -> Access:
    """The best access over all of the person's accounts at `at`; no account is an answer too."""
    [access] = access_of_users(db, [user_id], at, grace)
    return access


def access_of_users(
    db: DbReader, user_ids: Sequence[UUID], at: datetime, grace: timedelta
) -> list[Access]:
    """`access_of_user` for many, in their order."""
    found: dict[UUID, list[Subscription]] = defaultdict(list)
    for row in db.rows(_SELECT_TRUTHS, {"user_ids": uuids(user_ids)}):
        if (subscription := _subscription(row)) is not None:
            found[row.user_id].append(subscription)
    return [access_at(best(found[user_id], at, grace), at, grace) for user_id in user_ids]


def living_customers(db: DbReader, user_id: UUID, at: datetime, grace: timedelta) -> list[str]:
    """Ids of those customers of theirs that exist as far as is known; the best account first."""
    living = [one for one in _accounts_of(db, user_id) if not one.customer_deleted]
    living.sort(key=lambda one: _order(one, at, grace), reverse=True)
    return [one.stripe_customer_id for one in living]


def list_accounts(db: DbReader, status: str, page: Page) -> tuple[Sequence[Account], str]:
    """One page by customer id, and the token of the next ("" on the last).

    status: Stripe's word; "" for all.
    """
    stmt = _SELECT.where(_accounts.status == status) if status else _SELECT
    rows = db.rows(page.select(stmt, _accounts.stripe_customer_id))
    return page.cut([_account(row) for row in rows], lambda one: (one.stripe_customer_id,))


def customers_of(db: DbReader, user_id: UUID) -> list[str]:
    """Ids of all customers that the person is, in their order."""
    stmt = sa.select(_accounts.stripe_customer_id).where(_accounts.user_id == user_id)
    return [row.stripe_customer_id for row in db.rows(stmt.order_by(_accounts.stripe_customer_id))]


def delete_account(db: DbWriter, user_id: UUID, at: datetime) -> bool:
    """Takes the person from their accounts, forgets their welcome, their pages and the links of
    theirs that were undone; False for nothing.

    The accounts stay as customers of nobody, and marked: what Stripe still tells of them, a phone
    number among it, must not bring the person back. Nor must their number that others have.
    """
    unlinked = sa.update(billing_accounts).where(_accounts.user_id == user_id)
    welcomed = sa.delete(welcome_requests).where(_welcomes.user_id == user_id)
    undone = sa.delete(undone_links).where(undone_links.c.user_id == user_id)
    count = db.execute(unlinked.values(user_id=None, erased_at=at, updated_at=at))
    _distrust_phones(db, user_id, at)
    return db.execute(welcomed) + db.execute(undone) + forget_pages(db, user_id) + count > 0


def _distrust_phones(db: DbWriter, user_id: UUID, at: datetime) -> None:
    """Of the customers that the person is not. After their own: whoever undoes a link to one of
    these just now has stored that by then."""
    undone = sa.select(undone_links.c.stripe_customer_id).where(undone_links.c.user_id == user_id)
    distrusted = sa.update(billing_accounts).where(_accounts.stripe_customer_id.in_(undone))
    db.execute(distrusted.values(phone_distrusted_at=at, updated_at=at))


def store_truth(
    db: DbWriter,
    stripe_customer_id: str,
    version: int,
    subscription: Subscription | None,
    at: datetime,
    *,
    customer_deleted: bool,
) -> Account | None:
    """Stores what Stripe said, if nothing was stored since `version` was read; else None.

    version: 0 for a customer that had no row; it is made. It grows by one with each store, also
    with one that changes nothing: a slower fetch must not overwrite a state that came back.
    """
    facts = _facts(subscription, customer_deleted)
    key = {"stripe_customer_id": stripe_customer_id, "seen": version, "version": version + 1}
    times = dict.fromkeys(("synced_at", "created_at", "updated_at"), at)
    if db.execute(_STORE_TRUTH, {**facts, **key, **times}) == 0:
        return None
    return account_of_customer(db, stripe_customer_id)


def record_welcome_requested(db: DbWriter, user_id: UUID, request_key: str, at: datetime) -> bool:
    """True for the first key that ever asked for the person, also when it asks again."""
    made = insert(welcome_requests).values(
        user_id=user_id, request_key=request_key, requested_at=at, created_at=at, updated_at=at
    )
    db.execute(made.on_conflict_do_nothing(index_elements=[_welcomes.user_id]))
    first = db.scalar(sa.select(_welcomes.request_key).where(_welcomes.user_id == user_id))
    return bool(first == request_key)


def _accounts_of(db: DbReader, user_id: UUID) -> list[Account]:
    return [_account(row) for row in db.rows(_SELECT.where(_accounts.user_id == user_id))]


def _best_of(accounts: Sequence[Account], at: datetime, grace: timedelta) -> Account | None:
    return max(accounts, key=lambda one: _order(one, at, grace), default=None)


def _order(account: Account, at: datetime, grace: timedelta) -> tuple[Any, ...]:
    return (*standing(account.subscription, at, grace), account.stripe_customer_id)


def _facts(subscription: Subscription | None, customer_deleted: bool) -> dict[str, Any]:
    values: tuple[Any, ...] = (None,) * (len(_TRUTH) - 1)
    if subscription is not None:
        values = (
            subscription.subscription_id,
            subscription.status,
            subscription.price_id or None,
            subscription.current_period_end,
            subscription.trial_end,
            subscription.cancel_time,
            subscription.paid_until,
            subscription.unpaid_since,
        )
    return dict(zip(_TRUTH, (*values, customer_deleted), strict=True))


def _subscription(row: AnyRow) -> Subscription | None:
    if row.stripe_subscription_id is None:
        return None
    return Subscription(
        subscription_id=row.stripe_subscription_id,
        status=row.status,
        price_id=row.price_id or "",
        current_period_end=row.current_period_end,
        trial_end=row.trial_end,
        cancel_time=row.cancel_time,
        paid_until=row.paid_until,
        unpaid_since=row.unpaid_since,
    )


def _account(row: AnyRow) -> Account:
    return Account(
        stripe_customer_id=row.stripe_customer_id,
        user_id=row.user_id,
        subscription=_subscription(row),
        customer_deleted=row.customer_deleted,
        version=row.version,
        synced_at=row.synced_at,
        welcome_requested_at=row.requested_at,
        created_at=row.created_at,
        updated_at=row.updated_at,
        erased_at=row.erased_at,
        phone_distrusted_at=row.phone_distrusted_at,
    )
