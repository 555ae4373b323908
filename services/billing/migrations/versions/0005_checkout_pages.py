"""Of a person's pages to subscribe on, one is open."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

SCHEMA = "billing"
MOMENT = sa.DateTime(timezone=True)
REFUSALS = "How many of its keys at Stripe have an answer that is no page"


def upgrade() -> None:
    """Make the table of pages. Those of before are not known: they end by themselves."""
    op.create_table(
        "checkout_pages",
        sa.Column("session_id", sa.Text, nullable=False, comment="cs_…, as Stripe names it"),
        sa.Column("user_id", sa.Uuid, nullable=False, comment="Who is to subscribe on it"),
        sa.Column(
            "closed_at",
            MOMENT,
            nullable=True,
            comment="When nobody could pay on it any more; null where somebody may",
        ),
        sa.Column("created_at", MOMENT, nullable=False, comment="When it was first handed out"),
        sa.Column("updated_at", MOMENT, nullable=False, comment="The same, or closed_at"),
        sa.PrimaryKeyConstraint("session_id", name="checkout_pages_by_session"),
        schema=SCHEMA,
        comment="Pages to subscribe on, for as long as Stripe repeats them",
    )
    op.create_index("checkout_pages_by_user", "checkout_pages", ["user_id"], schema=SCHEMA)
    op.create_index("checkout_pages_by_time", "checkout_pages", ["created_at"], schema=SCHEMA)
    op.alter_column(
        "refused_pages", "refusals", comment=f"{REFUSALS}, or a closed one", schema=SCHEMA
    )


def downgrade() -> None:
    """Drop the table."""
    op.alter_column("refused_pages", "refusals", comment=REFUSALS, schema=SCHEMA)
    op.drop_table("checkout_pages", schema=SCHEMA)
