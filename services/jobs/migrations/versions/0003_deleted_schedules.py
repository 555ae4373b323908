"""Schedules that stay deleted although every installation begins with them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

SCHEMA = "jobs"


def upgrade() -> None:
    """Give schedules a mark for those that operators ended."""
    op.add_column(
        "schedules",
        sa.Column(
            "deleted_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="An operator ended it; kept, or it would be seeded",
        ),
        schema=SCHEMA,
    )


def downgrade() -> None:
    """Drop the mark, and with it the schedules that carry it."""
    op.execute("DELETE FROM jobs.schedules WHERE deleted_at IS NOT NULL")
    op.drop_column("schedules", "deleted_at", schema=SCHEMA)
