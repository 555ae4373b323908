"""Accounts of people who were erased: nobody is linked to them again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SCHEMA = "billing"


def upgrade() -> None:
    """Add the mark."""
    op.add_column(
        "billing_accounts",
        sa.Column(
            "erased_at",
            sa.DateTime(timezone=True),
            comment="When its person was erased: it is never linked again; else null",
        ),
        schema=SCHEMA,
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_column("billing_accounts", "erased_at", schema=SCHEMA)
