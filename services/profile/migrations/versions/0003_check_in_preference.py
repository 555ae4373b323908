"""How often a person wants to be checked in on."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

SCHEMA = "profile"


def upgrade() -> None:
    """Add the column, which rewrites no row, and its check, which the next version validates."""
    op.add_column(
        "user_profiles",
        sa.Column(
            "check_in_preference",
            sa.Text,
            server_default="default",
            nullable=False,
            comment="How often they want to be checked in on",
        ),
        schema=SCHEMA,
    )
    op.create_check_constraint(
        "user_profiles_check_in_preference",
        "user_profiles",
        "check_in_preference IN ('default', 'fewer', 'none')",
        schema=SCHEMA,
        postgresql_not_valid=True,
    )


def downgrade() -> None:
    """Drop the column and its check."""
    op.drop_column("user_profiles", "check_in_preference", schema=SCHEMA)
