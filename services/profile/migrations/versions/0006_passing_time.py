"""What time does to people: the moment of the next look, and the texts that ask them back."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

SCHEMA = "profile"
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Everybody who is known is due for a first look; a constant default rewrites no row."""
    op.add_column(
        "user_profiles",
        sa.Column(
            "journey_check_at",
            _MOMENT,
            server_default=sa.text("'epoch'"),
            comment="When time may do something next; null where only an event can",
        ),
        schema=SCHEMA,
    )
    op.create_table(
        "reactivations",
        sa.Column(
            "reactivation_id", sa.Uuid(), nullable=False, comment="UUIDv7, in order of planning"
        ),
        sa.Column("user_id", sa.Uuid(), nullable=False, comment="The person"),
        sa.Column(
            "silent_since", _MOMENT, nullable=False, comment="Since when they had not written"
        ),
        sa.Column("stage", sa.Integer(), nullable=False, comment="1 to 3"),
        sa.Column("state", sa.Text, nullable=False, comment="What became of it"),
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
        sa.CheckConstraint("state IN ('planned', 'sent', 'skipped')", name="reactivations_state"),
        sa.CheckConstraint("stage BETWEEN 1 AND 3", name="reactivations_stage_range"),
        sa.ForeignKeyConstraint(["user_id"], ["profile.user_profiles.user_id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("reactivation_id", name="reactivations_pkey"),
        sa.UniqueConstraint("user_id", "silent_since", "stage", name="reactivations_stage"),
        schema=SCHEMA,
        comment="Each text that asks a silent person back; a row is sent at most once",
    )
    op.create_index(
        "reactivations_planned",
        "reactivations",
        ["reactivation_id"],
        schema=SCHEMA,
        postgresql_where=sa.text("state = 'planned'"),
    )
    with op.get_context().autocommit_block():
        op.create_index(
            "by_journey_check",
            "user_profiles",
            ["journey_check_at", "user_id"],
            schema=SCHEMA,
            if_not_exists=True,
            postgresql_concurrently=True,
        )


def downgrade() -> None:
    """Drop them."""
    op.drop_index("by_journey_check", "user_profiles", schema=SCHEMA)
    op.drop_table("reactivations", schema=SCHEMA)
    op.drop_column("user_profiles", "journey_check_at", schema=SCHEMA)
