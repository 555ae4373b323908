"""A page that Stripe refused is asked for under another key."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

SCHEMA = "billing"
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the table in which refusals are counted."""
    op.create_table(
        "refused_pages",
        sa.Column(
            "page",
            sa.Text,
            nullable=False,
            comment="Hash of what was asked for, and under which key of ours; names nobody",
        ),
        sa.Column(
            "refusals",
            sa.Integer,
            nullable=False,
            comment="How many of its keys at Stripe have an answer that is no page",
        ),
        sa.Column("created_at", MOMENT, nullable=False, comment="When Stripe first refused it"),
        sa.Column("updated_at", MOMENT, nullable=False, comment="When Stripe last refused it"),
        sa.PrimaryKeyConstraint("page", name="refused_pages_by_page"),
        sa.CheckConstraint("refusals > 0", name="refused_pages_refusals_count"),
        schema=SCHEMA,
        comment="Pages that Stripe refused to make, for as long as it repeats its answers",
    )
    op.create_index("refused_pages_by_time", "refused_pages", ["updated_at"], schema=SCHEMA)


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("refused_pages", schema=SCHEMA)
