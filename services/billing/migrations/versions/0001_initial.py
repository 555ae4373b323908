"""Accounts and welcome requests."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kit.audit import audit_migration

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SCHEMA = "billing"
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the mirror, the welcome requests and the audit trail."""
    _create_accounts()
    _create_welcome_requests()
    audit_migration(op, SCHEMA)


def downgrade() -> None:
    """Drop everything of this schema's first version."""
    op.drop_table("audit_records", schema=SCHEMA)
    op.drop_table("welcome_requests", schema=SCHEMA)
    op.drop_table("billing_accounts", schema=SCHEMA)


def _create_accounts() -> None:
    op.create_table(
        "billing_accounts",
        sa.Column(
            "stripe_customer_id", sa.Text, nullable=False, comment="cus_…, as Stripe names it"
        ),
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
        sa.Column("current_period_end", MOMENT, comment="The latest over its items"),
        sa.Column("trial_end", MOMENT, comment="End of its trial"),
        sa.Column("cancel_time", MOMENT, comment="When it ended, or is to end"),
        sa.Column(
            "paid_until",
            MOMENT,
            comment="End of its last period paid and not refunded: access while canceled",
        ),
        sa.Column(
            "unpaid_since",
            MOMENT,
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
        sa.Column("synced_at", MOMENT, comment="When Stripe was last read; null before the first"),
        sa.Column("created_at", MOMENT, nullable=False, comment="When the customer was first seen"),
        sa.Column(
            "updated_at", MOMENT, nullable=False, comment="When the link or the truth last differed"
        ),
        sa.PrimaryKeyConstraint("stripe_customer_id", name="billing_accounts_by_stripe_customer"),
        sa.CheckConstraint("stripe_customer_id <> ''", name="billing_accounts_customer_is_named"),
        sa.CheckConstraint("version >= 0", name="billing_accounts_version_counts"),
        sa.CheckConstraint(
            "(status IS NULL) = (stripe_subscription_id IS NULL)",
            name="billing_accounts_status_is_of_a_subscription",
        ),
        schema=SCHEMA,
        comment="The mirror of Stripe's customers, each with what access needs",
    )
    op.create_index(
        "billing_accounts_by_user",
        "billing_accounts",
        ["user_id"],
        schema=SCHEMA,
        postgresql_where=sa.text("user_id IS NOT NULL"),
    )
    op.create_index(
        "billing_accounts_by_status",
        "billing_accounts",
        ["status", "stripe_customer_id"],
        schema=SCHEMA,
    )


def _create_welcome_requests() -> None:
    op.create_table(
        "welcome_requests",
        sa.Column(
            "user_id", sa.Uuid, nullable=False, comment="Whose welcome; one a person, for ever"
        ),
        sa.Column("request_key", sa.Text, nullable=False, comment="The key of whoever was first"),
        sa.Column(
            "requested_at", MOMENT, nullable=False, comment="When, by the clock of the domain"
        ),
        sa.Column("created_at", MOMENT, nullable=False, comment="Equals requested_at"),
        sa.Column(
            "updated_at", MOMENT, nullable=False, comment="Equals requested_at: never changed"
        ),
        sa.PrimaryKeyConstraint("user_id", name="welcome_requests_by_user"),
        schema=SCHEMA,
        comment="Welcome texts that were asked for",
    )
