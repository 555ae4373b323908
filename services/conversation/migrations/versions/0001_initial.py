"""The transcript, the send ledger and the audit trail."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from kit.audit import audit_migration

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SCHEMA = "conversation"
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create conversation_state, messages and the audit trail."""
    _conversation_state()
    _messages()
    audit_migration(op, SCHEMA)


def downgrade() -> None:
    """Drop everything of this schema's first version."""
    op.drop_table("audit_records", schema=SCHEMA)
    op.drop_table("messages", schema=SCHEMA)
    op.drop_table("conversation_state", schema=SCHEMA)


def _text(
    name: str, comment: str, nullable: bool = False, server_default: str | None = None
) -> sa.Column[Any]:
    return sa.Column(
        name, sa.Text, nullable=nullable, server_default=server_default, comment=comment
    )


def _moment(name: str, comment: str, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, _MOMENT, nullable=nullable, comment=comment)


def _stamps() -> list[sa.Column[Any]]:
    comments = {"created_at": "When the row was made", "updated_at": "When it last changed"}
    return [
        sa.Column(name, _MOMENT, nullable=False, server_default=sa.func.now(), comment=comment)
        for name, comment in comments.items()
    ]


def _conversation_state() -> None:
    op.create_table(
        "conversation_state",
        sa.Column("user_id", sa.Uuid(), nullable=False, comment="The person; id made by identity"),
        sa.Column(
            "message_count",
            sa.BigInteger(),
            server_default="0",
            nullable=False,
            comment="Messages stored, both ways; also the sequence of the newest",
        ),
        sa.Column(
            "answer_count",
            sa.BigInteger(),
            server_default="0",
            nullable=False,
            comment="Answers of the assistant that were prepared",
        ),
        sa.Column(
            "first_inbound_sequence",
            sa.BigInteger(),
            comment="Sequence of the first text they ever sent",
        ),
        _text("summary", "Running summary of what is older, empty where none", server_default=""),
        sa.Column(
            "summary_version",
            sa.BigInteger(),
            server_default="0",
            nullable=False,
            comment="Version of the summary, for its next writer",
        ),
        *_stamps(),
        sa.PrimaryKeyConstraint("user_id", name="by_user"),
        schema=SCHEMA,
        comment="One hot row a person, and the lock of their messages",
    )


def _messages() -> None:
    op.create_table(
        "messages",
        sa.Column(
            "id", sa.BigInteger(), sa.Identity(always=True), nullable=False, comment="Row key"
        ),
        sa.Column("message_id", sa.Uuid(), nullable=False, comment="UUIDv7, what others call it"),
        sa.Column("user_id", sa.Uuid(), nullable=False, comment="The person"),
        sa.Column(
            "sequence",
            sa.BigInteger(),
            nullable=False,
            comment="Counts a person's messages as stored",
        ),
        _text("direction", "Who wrote"),
        _text("kind", "Why it exists"),
        _text("state", "What became of it"),
        _text("body", "The text, code point for code point"),
        sa.Column(
            "media",
            JSONB(),
            server_default="[]",
            nullable=False,
            comment="What came with it: list of objects with url and content_type",
        ),
        _text("provider_sid", "The provider's id; null until known", nullable=True),
        _text("request_key", "Outbound: the caller's key, kept for ever", nullable=True),
        _text("disposition", "Inbound: what it wants", nullable=True),
        _moment("dismissed_at", "Inbound: when it was decided not to answer it", nullable=True),
        sa.Column(
            "answered_by",
            sa.BigInteger(),
            comment="Inbound: the text that answers it; null again when that one expires",
        ),
        _text("error_code", "The provider's error code, empty where none", server_default=""),
        sa.Column(
            "segments",
            sa.Integer(),
            server_default="0",
            nullable=False,
            comment="Outbound: SMS segments",
        ),
        _moment("event_at", "When it was written: the order of the transcript"),
        _text("begin_token", "Who holds the right to send it", nullable=True),
        _moment("begun_at", "Since when they hold it", nullable=True),
        _moment("first_begun_at", "When somebody first held it", nullable=True),
        *_stamps(),
        sa.CheckConstraint(
            "(direction = 'inbound') = (state = 'received' AND kind = 'text' AND "
            "disposition IS NOT NULL AND provider_sid IS NOT NULL)",
            name="messages_inbound",
        ),
        sa.CheckConstraint(
            "(direction = 'outbound') = (request_key IS NOT NULL)", name="messages_outbound"
        ),
        sa.CheckConstraint("direction IN ('inbound', 'outbound')", name="messages_direction"),
        sa.CheckConstraint(
            "disposition IN ('to_answer', 'keyword', 'crisis')", name="messages_disposition"
        ),
        sa.CheckConstraint(
            "kind IN ('text', 'answer', 'notice', 'crisis_reply', 'proactive')",
            name="messages_kind",
        ),
        sa.CheckConstraint(
            "state IN ('received', 'prepared', 'sending', 'accepted', 'sent', "
            "'delivered', 'read', 'undelivered', 'failed', 'canceled', 'expired', "
            "'withheld')",
            name="messages_state",
        ),
        sa.CheckConstraint(
            "(begin_token IS NULL) = (begun_at IS NULL)"
            " AND (begun_at IS NULL OR first_begun_at IS NOT NULL)",
            name="messages_attempt",
        ),
        sa.ForeignKeyConstraint(["answered_by"], ["conversation.messages.id"], ondelete="SET NULL"),
        sa.ForeignKeyConstraint(
            ["user_id"], ["conversation.conversation_state.user_id"], ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="messages_pkey"),
        sa.UniqueConstraint("message_id", name="messages_message_id"),
        sa.UniqueConstraint("user_id", "sequence", name="messages_sequence"),
        schema=SCHEMA,
        comment="The transcript and the send ledger",
    )
    op.create_index(
        "messages_answered_by",
        "messages",
        ["answered_by"],
        schema=SCHEMA,
        postgresql_where=sa.text("answered_by IS NOT NULL"),
    )
    op.create_index(
        "messages_by_time", "messages", ["user_id", "event_at", "sequence"], schema=SCHEMA
    )
    op.create_index(
        "messages_provider_sid",
        "messages",
        ["provider_sid"],
        unique=True,
        schema=SCHEMA,
        postgresql_where=sa.text("provider_sid IS NOT NULL"),
    )
    op.create_index(
        "messages_request_key",
        "messages",
        ["request_key"],
        unique=True,
        schema=SCHEMA,
        postgresql_where=sa.text("request_key IS NOT NULL"),
    )
    op.create_index(
        "messages_unanswered",
        "messages",
        ["user_id", "event_at", "sequence"],
        schema=SCHEMA,
        postgresql_where=sa.text(
            "disposition = 'to_answer' AND dismissed_at IS NULL AND answered_by IS NULL"
        ),
    )
