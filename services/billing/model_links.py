"""Which person a customer is."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

import grpc
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from kit.database import DbWriter
from kit.refusals import Refusal
from services.billing.model import Account, account_of_customer
from services.billing.tables import billing_accounts, undone_links

_accounts = billing_accounts.c
_undone = undone_links.c


class CustomerLinkedElsewhere(Refusal):
    """This customer belongs to another person already."""

    code = grpc.StatusCode.FAILED_PRECONDITION


class LinkUndone(Refusal):
    """An operator has said that this customer is not this person."""

    code = grpc.StatusCode.FAILED_PRECONDITION


NOT_THEIRS: Final = (CustomerLinkedElsewhere, LinkUndone)
"""Why a customer cannot become a person's."""


def link_customer(
    db: DbWriter, stripe_customer_id: str, user_id: UUID, at: datetime, *, anew: bool = False
) -> Account:
    """The account, which is this person's from now on; made where the customer was never seen.

    anew: also where an operator has undone this very link. Raises LinkUndone, and
    CustomerLinkedElsewhere: a link is never overwritten. Leaves the version alone: it does not
    touch Stripe's truth, and a sync under way need not begin again.
    """
    made = insert(billing_accounts).values(
        stripe_customer_id=stripe_customer_id, user_id=user_id, created_at=at, updated_at=at
    )
    stmt = made.on_conflict_do_update(
        index_elements=[_accounts.stripe_customer_id],
        set_={"user_id": made.excluded.user_id, "updated_at": made.excluded.updated_at},
        where=sa.and_(_accounts.user_id.is_(None), _accounts.erased_at.is_(None)),
    )
    db.execute(stmt)
    account = account_of_customer(db, stripe_customer_id)
    if account.user_id != user_id:
        raise CustomerLinkedElsewhere({"stripe_customer_id": stripe_customer_id})
    # After the account: whoever undoes its link locks it until that is stored.
    this_link = (_undone.stripe_customer_id == stripe_customer_id, _undone.user_id == user_id)
    if anew:
        db.execute(sa.delete(undone_links).where(*this_link))
    elif db.scalar(sa.select(sa.exists().where(*this_link))):
        raise LinkUndone({"stripe_customer_id": stripe_customer_id})
    return account


def unlink_customer(
    db: DbWriter, stripe_customer_id: str, user_id: UUID, at: datetime, *, for_good: bool = True
) -> Account:
    """The account, which is nobody's from now on. for_good: nothing but `link_customer` with `anew`
    makes it this person's again.

    Raises AccountNotFound, and CustomerLinkedElsewhere where it is another person's.
    """
    unlinked = sa.update(billing_accounts).where(
        _accounts.stripe_customer_id == stripe_customer_id, _accounts.user_id == user_id
    )
    db.execute(unlinked.values(user_id=None, updated_at=at))
    account = account_of_customer(db, stripe_customer_id)
    if account.user_id is not None:
        raise CustomerLinkedElsewhere({"stripe_customer_id": stripe_customer_id})
    if for_good and account.erased_at is None:
        undone = insert(undone_links).values(
            stripe_customer_id=stripe_customer_id, user_id=user_id, created_at=at, updated_at=at
        )
        db.execute(undone.on_conflict_do_nothing())
    return account
