"""Until when the assistant leaves a person's texts unanswered."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

SCHEMA = "profile"


def upgrade() -> None:
    """Add the column, which rewrites no row."""
    op.add_column(
        "user_profiles",
        sa.Column(
            "assistant_held_until",
            sa.DateTime(timezone=True),
            comment="Until when the assistant answers nothing; may be past",
        ),
        schema=SCHEMA,
    )


def downgrade() -> None:
    """Drop the column, which ends every hold."""
    op.drop_column("user_profiles", "assistant_held_until", schema=SCHEMA)
