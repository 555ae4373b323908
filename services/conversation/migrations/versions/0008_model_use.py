"""What the model has cost, by person and by day."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

SCHEMA = "conversation"


def upgrade() -> None:
    """Two tables of their own."""
    op.create_table(
        "model_uses",
        sa.Column("request_key", sa.Text(), nullable=False, comment="The caller's key: one row"),
        sa.Column("user_id", sa.Uuid(), nullable=False, comment="The person who was answered"),
        sa.Column("day", sa.Date(), nullable=False, comment="When, a day in UTC by domain time"),
        sa.Column(
            "tokens", sa.BigInteger(), nullable=False, comment="Read and written by the model"
        ),
        *_stamps(),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["conversation.conversation_state.user_id"],
            name="model_uses_user_id_fkey",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("request_key", name="model_uses_pkey"),
        schema=SCHEMA,
        comment="What each answer of the model has cost; kept for a week",
    )
    op.create_index("model_uses_by_user", "model_uses", ["user_id", "day"], schema=SCHEMA)
    op.create_index("model_uses_by_day", "model_uses", ["day"], schema=SCHEMA)
    op.create_table(
        "model_days",
        sa.Column("day", sa.Date(), nullable=False, comment="A day in UTC by domain time"),
        sa.Column(
            "shard", sa.Integer(), nullable=False, comment="One of several rows, to be added up"
        ),
        sa.Column(
            "tokens", sa.BigInteger(), nullable=False, comment="Read and written by the model"
        ),
        *_stamps(),
        sa.PrimaryKeyConstraint("day", "shard", name="model_days_pkey"),
        schema=SCHEMA,
        comment="What the model has cost in a day, all people together",
    )


def _stamps() -> tuple[sa.Column[object], sa.Column[object]]:
    return (
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When the row was made",
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it last changed",
        ),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("model_days", schema=SCHEMA)
    op.drop_table("model_uses", schema=SCHEMA)
