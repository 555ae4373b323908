"""What leaves in an hour is counted; replies to STOP, START and HELP are a kind of their own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

SCHEMA = "conversation"


def upgrade() -> None:
    """The rule of kinds only grows wider, so it is checked in the next version, beside traffic."""
    op.create_table(
        "outbound_minutes",
        sa.Column(
            "minute",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="Start of the minute, by domain time",
        ),
        sa.Column(
            "texts",
            sa.BigInteger(),
            nullable=False,
            comment="Rights to send that were taken in it and not given back",
        ),
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
        sa.PrimaryKeyConstraint("minute", name="outbound_minutes_pkey"),
        sa.CheckConstraint("texts >= 0", name="outbound_minutes_texts"),
        schema=SCHEMA,
        comment="How many texts left lately, all people together; those of a day are kept",
    )
    _allow("text", "answer", "notice", "keyword_reply", "crisis_reply", "proactive")


def downgrade() -> None:
    """Replies to words become notices again, and nothing is counted."""
    op.execute("UPDATE conversation.messages SET kind = 'notice' WHERE kind = 'keyword_reply'")
    _allow("text", "answer", "notice", "crisis_reply", "proactive")
    op.drop_table("outbound_minutes", schema=SCHEMA)


def _allow(*kinds: str) -> None:
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    # its successor stands before anybody else sees the table
    op.execute(
        "-- squawk-ignore ban-drop-constraint\n"
        "ALTER TABLE conversation.messages DROP CONSTRAINT messages_kind"
    )
    op.create_check_constraint(
        "messages_kind",
        "messages",
        f"kind IN ({listed})",
        schema=SCHEMA,
        postgresql_not_valid=True,
    )
