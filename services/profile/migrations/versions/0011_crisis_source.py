"""What took a text for a crisis: the rules, or the assistant."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

SCHEMA = "profile"


def upgrade() -> None:
    """Add the columns, which rewrites no row, and checks, which the next version validates."""
    for table, comment in (
        ("crises", "The rules, once they recognised one of its texts, else the assistant"),
        ("crisis_texts", "What took it for a crisis"),
    ):
        op.add_column(
            table,
            sa.Column("source", sa.Text, server_default="rules", nullable=False, comment=comment),
            schema=SCHEMA,
        )
        op.create_check_constraint(
            f"{table}_source",
            table,
            "source IN ('rules', 'assistant')",
            schema=SCHEMA,
            postgresql_not_valid=True,
        )


def downgrade() -> None:
    """Drop the columns and their checks."""
    op.drop_column("crisis_texts", "source", schema=SCHEMA)
    op.drop_column("crises", "source", schema=SCHEMA)
