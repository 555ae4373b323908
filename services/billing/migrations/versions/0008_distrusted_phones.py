"""Of some customers no phone number finds the person."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

SCHEMA = "billing"


def upgrade() -> None:
    """Add the column."""
    op.add_column(
        "billing_accounts",
        sa.Column(
            "phone_distrusted_at",
            sa.DateTime(timezone=True),
            comment="When somebody was erased who it is not, as an operator had said: a phone"
            " number of it may be theirs and finds nobody any more; else null",
        ),
        schema=SCHEMA,
    )


def downgrade() -> None:
    """Remove it."""
    op.drop_column("billing_accounts", "phone_distrusted_at", schema=SCHEMA)
