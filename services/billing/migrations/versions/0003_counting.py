"""Accounts are counted without reading through them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

SCHEMA = "billing"


def upgrade() -> None:
    """Index what billing_stats() counts, without holding up those who write."""
    with op.get_context().autocommit_block():
        for name, columns, where in (
            ("billing_accounts_past_due", ["unpaid_since"], "status = 'past_due'"),
            ("billing_accounts_canceled", ["paid_until"], "status = 'canceled'"),
            (
                "billing_accounts_parked",
                ["stripe_customer_id"],
                "user_id IS NULL AND erased_at IS NULL",
            ),
        ):
            op.create_index(
                name,
                "billing_accounts",
                columns,
                schema=SCHEMA,
                postgresql_where=sa.text(where),
                postgresql_concurrently=True,
                if_not_exists=True,
            )


def downgrade() -> None:
    """Drop the indexes."""
    op.drop_index("billing_accounts_parked", "billing_accounts", schema=SCHEMA)
    op.drop_index("billing_accounts_canceled", "billing_accounts", schema=SCHEMA)
    op.drop_index("billing_accounts_past_due", "billing_accounts", schema=SCHEMA)
