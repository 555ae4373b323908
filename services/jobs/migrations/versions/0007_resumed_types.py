"""Since when types go on that were paused."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

SCHEMA = "jobs"


def upgrade() -> None:
    """Create the table. What was resumed before it is as if it had never been paused."""
    op.create_table(
        "resumed_types",
        sa.Column("type", sa.Text, primary_key=True, comment="Name of the field of JobPayload"),
        _moment("resumed_at", "When it was last resumed"),
        _moment("created_at", "When it was first resumed"),
        _moment("updated_at", "When the row last changed"),
        comment="Types that were paused once: what was met before does not pause them again",
        schema=SCHEMA,
    )


def _moment(name: str, comment: str) -> sa.Column[object]:
    return sa.Column(
        name,
        sa.DateTime(timezone=True),
        nullable=False,
        server_default=sa.func.now(),
        comment=comment,
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("resumed_types", schema=SCHEMA)
