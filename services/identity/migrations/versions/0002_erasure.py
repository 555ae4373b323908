"""Erasing people: who is being erased, and numbers that are never texted again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SCHEMA = "identity"


def upgrade() -> None:
    """Add the marks and the table; a constant default rewrites no user."""
    moment = sa.DateTime(timezone=True)
    op.add_column(
        "users",
        sa.Column("erasing_at", moment, comment="Since when they are being erased; else null"),
        schema=SCHEMA,
    )
    op.add_column(
        "users",
        sa.Column(
            "suppressed",
            sa.Boolean,
            nullable=False,
            server_default=sa.false(),
            comment="The number was suppressed when it appeared again: no texts until an opt-in",
        ),
        schema=SCHEMA,
    )
    op.create_table(
        "suppressed_numbers",
        sa.Column(
            "number_hash",
            sa.LargeBinary,
            nullable=False,
            comment="HMAC-SHA256 of the E.164 number under SUPPRESSION_KEY",
        ),
        sa.Column("created_at", moment, nullable=False, comment="When the person was erased"),
        sa.Column("updated_at", moment, nullable=False, comment="Equals created_at"),
        # ensure_users(): whether a new number is one of these
        sa.PrimaryKeyConstraint("number_hash", name="suppressed_numbers_pkey"),
        schema=SCHEMA,
        comment="Numbers of erased people who had opted out, as nobody can read them",
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("suppressed_numbers", schema=SCHEMA)
    op.drop_column("users", "suppressed", schema=SCHEMA)
    op.drop_column("users", "erasing_at", schema=SCHEMA)
