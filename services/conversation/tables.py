"""The tables of the schema `conversation`.

Whoever adds to a transcript, or decides what of it is answered, locks the person's row of
`conversation_state` first, in the order of the people's ids; whoever changes what became of a text
of ours locks that text's row, in the order of their row keys; whoever lets texts leave takes the
lock of the hour after that (model/outbound_hour.py), under which the number's clocks and the turns
are read and written (model/send_rate.py).
"""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from kit.audit import audit_table
from kit.table_parts import moment, one_of, stamps, text
from services.conversation.delivery import MessageState
from services.conversation.message import Admission, Direction, Disposition, MessageKind, Pace

metadata = sa.MetaData(schema="conversation")

# What still wants an answer. Queries repeat it word for word, or they cannot use its index.
UNANSWERED: Final = "disposition = 'to_answer' AND dismissed_at IS NULL AND answered_by IS NULL"

# What only the provider knew of after a restore; as above.
RESTORED: Final = "kind IN ('restored', 'restored_notice')"

# What a person's limits are counted from; as above.
COUNTED: Final = "admission IN ('admitted', 'told_of_minute', 'told_of_day')"


def _count(name: str, comment: str) -> sa.Column[Any]:
    return sa.Column(name, sa.BigInteger, nullable=False, server_default="0", comment=comment)


conversation_state = sa.Table(
    "conversation_state",
    metadata,
    sa.Column("user_id", sa.Uuid, nullable=False, comment="The person; id made by identity"),
    _count("message_count", "Messages stored, both ways; also the sequence of the newest"),
    _count(
        "answer_count", "Answers of the assistant that were prepared, without those given up unsent"
    ),
    sa.Column(
        "first_inbound_sequence", sa.BigInteger, comment="Sequence of the first text they ever sent"
    ),
    text("summary", "Running summary of what is older, empty where none", server_default=""),
    _count("summary_version", "Version of the summary, for its next writer"),
    _count("summarized_count", "Messages that the summary is of"),
    moment(
        "summarized_until",
        "Event time of the newest of them; null where it is of none",
        nullable=True,
    ),
    sa.Column(
        "summarized_sequence", sa.BigInteger, comment="Its sequence, where several have this time"
    ),
    *stamps(),
    # conversations_of(), and the lock of a transcript
    sa.PrimaryKeyConstraint("user_id", name="by_user"),
    comment="One hot row a person, and the lock of their messages",
)

messages = sa.Table(
    "messages",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False, comment="Row key"),
    sa.Column("message_id", sa.Uuid, nullable=False, comment="UUIDv7, what others call it"),
    sa.Column(
        "user_id",
        sa.Uuid,
        sa.ForeignKey("conversation.conversation_state.user_id", ondelete="CASCADE"),
        nullable=False,
        comment="The person",
    ),
    sa.Column(
        "sequence", sa.BigInteger, nullable=False, comment="Counts a person's messages as stored"
    ),
    text("direction", "Who wrote"),
    text("kind", "Why it exists"),
    text("state", "What became of it"),
    text("body", "The text, code point for code point"),
    sa.Column(
        "media",
        JSONB,
        nullable=False,
        server_default="[]",
        comment="What came with it: list of objects with url and content_type",
    ),
    text("provider_sid", "The provider's id; null until known", nullable=True),
    text("request_key", "Outbound: the caller's key, kept for ever", nullable=True),
    text("disposition", "Inbound: what it wants", nullable=True),
    moment("dismissed_at", "Inbound: when it was decided not to answer it", nullable=True),
    text("admission", "Inbound: whether its person's limits let it be answered", nullable=True),
    moment("admission_at", "Inbound: when that was decided", nullable=True),
    sa.Column(
        "answered_by",
        sa.BigInteger,
        sa.ForeignKey("conversation.messages.id", ondelete="SET NULL"),
        comment="Inbound: the text that answers it; null again when that one expires",
    ),
    text(
        "error_code",
        "The provider's error code, or the gate that withheld it; empty where none",
        server_default="",
    ),
    sa.Column(
        "segments",
        sa.Integer,
        nullable=False,
        server_default="0",
        comment="Outbound: SMS segments",
    ),
    moment("event_at", "When it was written: the order of the transcript"),
    text("begin_token", "Who holds the right to send it", nullable=True),
    moment("begun_at", "Since when they hold it", nullable=True),
    moment("first_begun_at", "When somebody first held it", nullable=True),
    moment(
        "accepted_at",
        "Outbound: when we learnt that the provider has it; null before",
        nullable=True,
    ),
    *stamps(),
    sa.PrimaryKeyConstraint("id", name="messages_pkey"),
    # locked_texts() and all that name one text
    sa.UniqueConstraint("message_id", name="messages_message_id"),
    # no sequence twice
    sa.UniqueConstraint("user_id", "sequence", name="messages_sequence"),
    # texts_by_sid(), locked_texts(); one id of the provider is one text
    sa.Index(
        "messages_provider_sid",
        "provider_sid",
        unique=True,
        postgresql_where=sa.text("provider_sid IS NOT NULL"),
    ),
    # outbound_by_key(); one key is one text
    sa.Index(
        "messages_request_key",
        "request_key",
        unique=True,
        postgresql_where=sa.text("request_key IS NOT NULL"),
    ),
    # recent_messages(), list_messages(): newest first; unsummarized_messages(): oldest first;
    # save_summary(): how many it is of
    sa.Index("messages_by_time", "user_id", "event_at", "sequence"),
    # conversation_stats(): the texts of the last days
    sa.Index("messages_by_event", "event_at"),
    # unanswered_messages(), questions_of(): by event time
    sa.Index(
        "messages_unanswered",
        "user_id",
        "event_at",
        "sequence",
        postgresql_where=sa.text(UNANSWERED),
    ),
    # settle_what_was_sent(): what may be the text that somebody wants to send
    sa.Index("messages_restored", "user_id", postgresql_where=sa.text(RESTORED)),
    # admit_texts(): what was answered in the last minute and day, and whether they were told
    sa.Index("messages_admission", "user_id", "admission_at", postgresql_where=sa.text(COUNTED)),
    # record_send_failed(): the texts that an expired one answered
    sa.Index(
        "messages_answered_by",
        "answered_by",
        postgresql_where=sa.text("answered_by IS NOT NULL"),
    ),
    one_of("direction", Direction, "messages_direction"),
    one_of("kind", MessageKind, "messages_kind"),
    one_of("state", MessageState, "messages_state"),
    one_of("disposition", Disposition, "messages_disposition"),
    one_of("admission", Admission, "messages_admission_known"),
    sa.CheckConstraint(
        "(admission IS NULL) = (admission_at IS NULL)", name="messages_admission_time"
    ),
    sa.CheckConstraint(
        "(direction = 'inbound') = (state = 'received' AND kind = 'text'"
        " AND disposition IS NOT NULL AND provider_sid IS NOT NULL)",
        name="messages_inbound",
    ),
    sa.CheckConstraint(
        "(direction = 'outbound') = (request_key IS NOT NULL)", name="messages_outbound"
    ),
    sa.CheckConstraint(
        "(begin_token IS NULL) = (begun_at IS NULL)"
        " AND (begun_at IS NULL OR first_begun_at IS NOT NULL)",
        name="messages_attempt",
    ),
    comment="The transcript and the send ledger",
)

outbound_minutes = sa.Table(
    "outbound_minutes",
    metadata,
    moment("minute", "Start of the minute, by domain time"),
    sa.Column(
        "texts",
        sa.BigInteger,
        nullable=False,
        comment="Rights to send that were taken in it and not given back",
    ),
    *stamps(),
    # OutboundHour: what left in the last hour; the row of a minute
    sa.PrimaryKeyConstraint("minute", name="outbound_minutes_pkey"),
    sa.CheckConstraint("texts >= 0", name="outbound_minutes_texts"),
    comment="How many texts left lately, all people together; those of a day are kept",
)

send_clocks = sa.Table(
    "send_clocks",
    metadata,
    text("pace", "Whose clock: all, or what we start"),
    moment("free_at", "When all that may leave so far has left at the number's rate"),
    *stamps(),
    # SendRate: how far the number is behind
    sa.PrimaryKeyConstraint("pace", name="send_clocks_pkey"),
    one_of("pace", Pace, "send_clocks_pace"),
    comment="How far the number is behind with what it sends",
)

send_turns = sa.Table(
    "send_turns",
    metadata,
    sa.Column(
        "message",
        sa.BigInteger,
        sa.ForeignKey(
            "conversation.messages.id", name="send_turns_message_fkey", ondelete="CASCADE"
        ),
        nullable=False,
        comment="Row key of the text",
    ),
    moment("turn_at", "When it may leave, by domain time"),
    *stamps(),
    # SendRate: the turns of the texts that ask
    sa.PrimaryKeyConstraint("message", name="send_turns_pkey"),
    # SendRate: those that nobody has come for
    sa.Index("send_turns_by_time", "turn_at"),
    comment="Texts that were told to wait for the number, and until when",
)

model_uses = sa.Table(
    "model_uses",
    metadata,
    text("request_key", "The caller's key: one row"),
    sa.Column(
        "user_id",
        sa.Uuid,
        sa.ForeignKey("conversation.conversation_state.user_id", ondelete="CASCADE"),
        nullable=False,
        comment="The person who was answered",
    ),
    sa.Column("day", sa.Date, nullable=False, comment="When, a day in UTC by domain time"),
    sa.Column("tokens", sa.BigInteger, nullable=False, comment="Read and written by the model"),
    *stamps(),
    # record_model_use(): whether it was counted
    sa.PrimaryKeyConstraint("request_key", name="model_uses_pkey"),
    # model_budgets(): a person's of a day
    sa.Index("model_uses_by_user", "user_id", "day"),
    # record_model_use(): those of more than a week ago
    sa.Index("model_uses_by_day", "day"),
    comment="What each answer of the model has cost; kept for a week",
)

model_days = sa.Table(
    "model_days",
    metadata,
    sa.Column("day", sa.Date, nullable=False, comment="A day in UTC by domain time"),
    sa.Column("shard", sa.Integer, nullable=False, comment="One of several rows, to be added up"),
    sa.Column("tokens", sa.BigInteger, nullable=False, comment="Read and written by the model"),
    *stamps(),
    # model_budgets(): what a day has cost; the row that counts
    sa.PrimaryKeyConstraint("day", "shard", name="model_days_pkey"),
    comment="What the model has cost in a day, all people together",
)

audit_records = audit_table(metadata)
