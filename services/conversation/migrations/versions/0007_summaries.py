"""How far a running summary reaches, and how many messages it is of."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

SCHEMA = "conversation"


def upgrade() -> None:
    """Three columns that rewrite no row."""
    op.add_column(
        "conversation_state",
        sa.Column(
            "summarized_count",
            sa.BigInteger,
            nullable=False,
            server_default="0",
            comment="Messages that the summary is of",
        ),
        schema=SCHEMA,
    )
    op.add_column(
        "conversation_state",
        sa.Column(
            "summarized_until",
            sa.DateTime(timezone=True),
            comment="Event time of the newest of them; null without a summary",
        ),
        schema=SCHEMA,
    )
    op.add_column(
        "conversation_state",
        sa.Column(
            "summarized_sequence",
            sa.BigInteger,
            comment="Its sequence, where several have this time",
        ),
        schema=SCHEMA,
    )


def downgrade() -> None:
    """Drop them."""
    for name in ("summarized_sequence", "summarized_until", "summarized_count"):
        op.drop_column("conversation_state", name, schema=SCHEMA)
