"""The tables of the schema `billing`."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from kit.audit import audit_table

SCHEMA: Final = "billing"
metadata = sa.MetaData(schema=SCHEMA)

_MOMENT: Final = sa.DateTime(timezone=True)
# Of nobody, and not because their person was erased. Queries repeat it word for word, or they
# cannot use its index.
PARKED: Final = "user_id IS NULL AND erased_at IS NULL"

billing_accounts = sa.Table(
    "billing_accounts",
    metadata,
    sa.Column("stripe_customer_id", sa.Text, nullable=False, comment="cus_…, as Stripe names it"),
    sa.Column("user_id", sa.Uuid, comment="Whose it is, for good; null while unlinked"),
    sa.Column(
        "stripe_subscription_id",
        sa.Text,
        comment="sub_… with the best access of this customer's; null where it has none",
    ),
    sa.Column(
        "status",
        sa.Text,
        comment="Stripe's own word for that subscription's status, known to us or not",
    ),
    sa.Column("price_id", sa.Text, comment="price_… of its first item"),
    sa.Column("current_period_end", _MOMENT, comment="The latest over its items"),
    sa.Column("trial_end", _MOMENT, comment="End of its trial"),
    sa.Column("cancel_time", _MOMENT, comment="When it ended, or is to end"),
    sa.Column(
        "paid_until",
        _MOMENT,
        comment="End of its last period paid and not refunded: access while canceled",
    ),
    sa.Column(
        "unpaid_since",
        _MOMENT,
        comment="Creation of its latest unpaid invoice: the grace runs from it while past_due",
    ),
    sa.Column(
        "customer_deleted",
        sa.Boolean,
        nullable=False,
        server_default=sa.false(),
        comment="Stripe has deleted the customer: no access, and no page is made for it",
    ),
    sa.Column(
        "version",
        sa.BigInteger,
        nullable=False,
        server_default="0",
        comment="How often Stripe's truth was stored; only a sync may change it",
    ),
    sa.Column("synced_at", _MOMENT, comment="When Stripe was last read; null before the first"),
    sa.Column("created_at", _MOMENT, nullable=False, comment="When the customer was first seen"),
    sa.Column(
        "updated_at", _MOMENT, nullable=False, comment="When the link or the truth last differed"
    ),
    sa.Column(
        "erased_at",
        _MOMENT,
        comment="When its person was erased: it is never linked again; else null",
    ),
    # GetAccount(customer), LinkCustomer, SyncCustomer, and the pages of ListAccounts.
    sa.PrimaryKeyConstraint("stripe_customer_id", name="billing_accounts_by_stripe_customer"),
    sa.CheckConstraint("stripe_customer_id <> ''", name="billing_accounts_customer_is_named"),
    sa.CheckConstraint("version >= 0", name="billing_accounts_version_counts"),
    sa.CheckConstraint(
        "(status IS NULL) = (stripe_subscription_id IS NULL)",
        name="billing_accounts_status_is_of_a_subscription",
    ),
    comment="The mirror of Stripe's customers, each with what access needs",
)

# GetAccess, GetAccount(user), CreateCheckoutSession: all accounts of a person.
sa.Index(
    "billing_accounts_by_user",
    billing_accounts.c.user_id,
    postgresql_where=billing_accounts.c.user_id.is_not(None),
)
# ListAccounts(status), in the order of its pages; billing_stats(): accounts by status.
sa.Index(
    "billing_accounts_by_status", billing_accounts.c.status, billing_accounts.c.stripe_customer_id
)

# billing_stats(): those in grace.
sa.Index(
    "billing_accounts_past_due",
    billing_accounts.c.unpaid_since,
    postgresql_where=sa.text("status = 'past_due'"),
)
# billing_stats(): canceled ones whose paid period has not ended.
sa.Index(
    "billing_accounts_canceled",
    billing_accounts.c.paid_until,
    postgresql_where=sa.text("status = 'canceled'"),
)
# billing_stats(): payments whose person is not known.
sa.Index(
    "billing_accounts_parked",
    billing_accounts.c.stripe_customer_id,
    postgresql_where=sa.text(PARKED),
)

welcome_requests = sa.Table(
    "welcome_requests",
    metadata,
    sa.Column("user_id", sa.Uuid, nullable=False, comment="Whose welcome; one a person, for ever"),
    sa.Column("request_key", sa.Text, nullable=False, comment="The key of whoever was first"),
    sa.Column("requested_at", _MOMENT, nullable=False, comment="When, by the clock of the domain"),
    sa.Column("created_at", _MOMENT, nullable=False, comment="Equals requested_at"),
    sa.Column("updated_at", _MOMENT, nullable=False, comment="Equals requested_at: never changed"),
    # RecordWelcomeRequested, and beside every account that is read.
    sa.PrimaryKeyConstraint("user_id", name="welcome_requests_by_user"),
    comment="Welcome texts that were asked for",
)

audit_records = audit_table(metadata)
