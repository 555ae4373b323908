"""How often crisis texts are answered."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

SCHEMA = "profile"
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "crisis_replies",
        sa.Column(
            "request_key", sa.Text(), nullable=False, comment="The caller's key: one row for each"
        ),
        sa.Column("user_id", sa.Uuid(), nullable=False, comment="The person"),
        sa.Column(
            "admitted", sa.Boolean(), nullable=False, comment="Whether the text was to be answered"
        ),
        sa.Column("event_at", _MOMENT, nullable=False, comment="When it came"),
        sa.Column(
            "created_at",
            _MOMENT,
            nullable=False,
            server_default=sa.func.now(),
            comment="When the row was made",
        ),
        sa.Column(
            "updated_at",
            _MOMENT,
            nullable=False,
            server_default=sa.func.now(),
            comment="When it last changed",
        ),
        sa.ForeignKeyConstraint(["user_id"], ["profile.user_profiles.user_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("request_key", name="crisis_replies_pkey"),
        schema=SCHEMA,
        comment="Which crisis texts asked for a reply, so that a flood of them gets few",
    )
    op.create_index(
        "crisis_replies_by_user", "crisis_replies", ["user_id", "event_at"], schema=SCHEMA
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("crisis_replies", schema=SCHEMA)
