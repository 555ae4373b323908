"""Texts leave no faster than the number may send; those that have to wait keep their turn."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

SCHEMA = "conversation"


def _moment(name: str, comment: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False, comment=comment)


def _stamps() -> list[sa.Column[object]]:
    columns = []
    for name, comment in (
        ("created_at", "When the row was made"),
        ("updated_at", "When it last changed"),
    ):
        column = _moment(name, comment)
        column.server_default = sa.DefaultClause(sa.text("now()"))
        columns.append(column)
    return columns


def upgrade() -> None:
    """Two tables: the number's clock, and the texts that wait for it."""
    op.create_table(
        "send_clocks",
        sa.Column("pace", sa.Text(), nullable=False, comment="Whose clock: all, or what we start"),
        _moment("free_at", "When all that may leave so far has left at the number's rate"),
        *_stamps(),
        sa.PrimaryKeyConstraint("pace", name="send_clocks_pkey"),
        sa.CheckConstraint("pace IN ('all', 'started')", name="send_clocks_pace"),
        schema=SCHEMA,
        comment="How far the number is behind with what it sends",
    )
    op.create_table(
        "send_turns",
        sa.Column("message", sa.BigInteger(), nullable=False, comment="Row key of the text"),
        _moment("turn_at", "When it may leave, by domain time"),
        *_stamps(),
        sa.PrimaryKeyConstraint("message", name="send_turns_pkey"),
        sa.ForeignKeyConstraint(
            ["message"],
            ["conversation.messages.id"],
            name="send_turns_message_fkey",
            ondelete="CASCADE",
        ),
        schema=SCHEMA,
        comment="Texts that were told to wait for the number, and until when",
    )
    op.create_index("send_turns_by_time", "send_turns", ["turn_at"], schema=SCHEMA)


def downgrade() -> None:
    """Drop them: whoever waits asks anew."""
    op.drop_table("send_turns", schema=SCHEMA)
    op.drop_table("send_clocks", schema=SCHEMA)
