"""Texts that the provider took and a restored backup does not know of."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

SCHEMA = "conversation"


def upgrade() -> None:
    """The rule of kinds only grows wider, so it is checked in the next version, beside traffic."""
    _allow("'restored', 'restored_notice'")
    with op.get_context().autocommit_block():
        op.create_index(
            "messages_restored",
            "messages",
            ["user_id"],
            schema=SCHEMA,
            postgresql_where=sa.text("kind IN ('restored', 'restored_notice')"),
            postgresql_concurrently=True,
            if_not_exists=True,
        )


def downgrade() -> None:
    """They become what they may have been."""
    op.drop_index("messages_restored", "messages", schema=SCHEMA)
    op.execute(
        "UPDATE conversation.messages SET kind = 'notice'"
        " WHERE kind IN ('restored', 'restored_notice')"
    )
    _allow()


def _allow(more: str = "") -> None:
    kinds = "'text', 'answer', 'notice', 'keyword_reply', 'crisis_reply', 'proactive'"
    # its successor stands before anybody else sees the table
    op.execute(
        "-- squawk-ignore ban-drop-constraint\n"
        "ALTER TABLE conversation.messages DROP CONSTRAINT messages_kind"
    )
    op.create_check_constraint(
        "messages_kind",
        "messages",
        f"kind IN ({kinds}{more and f', {more}'})",
        schema=SCHEMA,
        postgresql_not_valid=True,
    )
