"""Texts of a time are counted without reading through all, and answers know when they left."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

SCHEMA = "conversation"


def upgrade() -> None:
    """Add the moment, which rewrites no row, and the index, without holding up those who write."""
    op.add_column(
        "messages",
        sa.Column(
            "accepted_at",
            sa.DateTime(timezone=True),
            comment="Outbound: when we learnt that the provider has it; null before",
        ),
        schema=SCHEMA,
    )
    with op.get_context().autocommit_block():
        op.create_index(
            "messages_by_event",
            "messages",
            ["event_at"],
            schema=SCHEMA,
            postgresql_concurrently=True,
            if_not_exists=True,
        )


def downgrade() -> None:
    """Drop them."""
    op.drop_index("messages_by_event", "messages", schema=SCHEMA)
    op.drop_column("messages", "accepted_at", schema=SCHEMA)
