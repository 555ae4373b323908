"""Types that operators paused."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SCHEMA = "jobs"
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the table of paused types."""
    op.create_table(
        "paused_types",
        sa.Column("type", sa.Text, primary_key=True, comment="Name of the field of JobPayload"),
        sa.Column(
            "reason",
            sa.Text,
            nullable=False,
            comment="A code of the operator, may be empty; never a sentence",
        ),
        sa.Column(
            "created_at",
            _MOMENT,
            nullable=False,
            server_default=sa.func.now(),
            comment="When the type was paused",
        ),
        sa.Column(
            "updated_at",
            _MOMENT,
            nullable=False,
            server_default=sa.func.now(),
            comment="When the row last changed",
        ),
        comment="Types that are not claimed; who paused them is in audit_records",
        schema=SCHEMA,
    )


def downgrade() -> None:
    """Drop it: every type is claimed again."""
    op.drop_table("paused_types", schema=SCHEMA)
