"""Crises: episodes, what was counted towards them and answered, and what follows."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from kit.table_parts import moment, one_of, stamps, text
from services.profile.crisis import CrisisKind, CrisisSource, CrisisState, FollowUpState
from services.profile.tables.schema import metadata, person

crises = sa.Table(
    "crises",
    metadata,
    sa.Column("crisis_id", sa.Uuid, nullable=False, comment="UUIDv7, so in order of opening"),
    person(),
    text("kind", "Gravest kind of its crisis texts"),
    text("state", "Whether later crisis texts join it"),
    moment("started_at", "When its first crisis text came"),
    moment("last_text_at", "When its latest one came"),
    sa.Column("text_count", sa.Integer, nullable=False, comment="How many came"),
    sa.Column("series", sa.Integer, nullable=False, comment="Series of follow-ups that runs"),
    moment("resolved_at", "When an operator closed it", nullable=True),
    text(
        "source",
        "The rules, once they recognised one of its texts, else the assistant",
        server_default="rules",
    ),
    *stamps(),
    # list_crises(): all, newest first
    sa.PrimaryKeyConstraint("crisis_id", name="crises_pkey"),
    # record_crisis(): the episode to join; at most one a person
    sa.Index(
        "crises_open_by_user",
        "user_id",
        unique=True,
        postgresql_where=sa.text("state = 'open'"),
    ),
    # list_crises(): the open ones, newest first
    sa.Index("crises_open", "crisis_id", postgresql_where=sa.text("state = 'open'")),
    # profile_stats(): how many are open, and since when the oldest
    sa.Index("crises_open_by_start", "started_at", postgresql_where=sa.text("state = 'open'")),
    # list_crises(): a person's, newest first
    sa.Index("crises_by_user", "user_id", "crisis_id"),
    one_of("kind", CrisisKind, "crises_kind"),
    one_of("state", CrisisState, "crises_state"),
    one_of("source", CrisisSource, "crises_source"),
    sa.CheckConstraint("(state = 'resolved') = (resolved_at IS NOT NULL)", name="crises_resolved"),
    comment="An episode: everything from a first crisis text until a person resolves it",
)


def _crisis() -> sa.Column[Any]:
    return sa.Column(
        "crisis_id",
        sa.Uuid,
        sa.ForeignKey("profile.crises.crisis_id", ondelete="CASCADE"),
        nullable=False,
        comment="The episode",
    )


crisis_texts = sa.Table(
    "crisis_texts",
    metadata,
    text("request_key", "The caller's key: one row for each"),
    _crisis(),
    person(),
    text("kind", "What it was about; the text itself is not here"),
    moment("event_at", "When it came"),
    text("source", "What took it for a crisis", server_default="rules"),
    *stamps(),
    # record_crisis(): whether this text was counted
    sa.PrimaryKeyConstraint("request_key", name="crisis_texts_pkey"),
    # rows of an episode and of a person, when these are deleted
    sa.Index("crisis_texts_by_crisis", "crisis_id"),
    sa.Index("crisis_texts_by_user", "user_id"),
    one_of("kind", CrisisKind, "crisis_texts_kind"),
    one_of("source", CrisisSource, "crisis_texts_source"),
    comment="Which crisis texts were counted",
)

crisis_replies = sa.Table(
    "crisis_replies",
    metadata,
    text("request_key", "The caller's key: one row for each"),
    person(),
    sa.Column(
        "admitted", sa.Boolean, nullable=False, comment="Whether the text was to be answered"
    ),
    moment("event_at", "When it came"),
    *stamps(),
    # admit_crisis_reply(): whether this text was counted
    sa.PrimaryKeyConstraint("request_key", name="crisis_replies_pkey"),
    # admit_crisis_reply(): a person's of the last minutes
    sa.Index("crisis_replies_by_user", "user_id", "event_at"),
    comment="Which crisis texts asked for a reply, so that a flood of them gets few",
)

crisis_follow_ups = sa.Table(
    "crisis_follow_ups",
    metadata,
    sa.Column("follow_up_id", sa.Uuid, nullable=False, comment="UUIDv7"),
    _crisis(),
    person(),
    sa.Column("series", sa.Integer, nullable=False, comment="1, and one more for each new start"),
    sa.Column("stage", sa.Integer, nullable=False, comment="1 to 7"),
    moment("due_at", "When it is to be sent"),
    text("state", "What became of it"),
    *stamps(),
    # follow_up_of(): one follow-up
    sa.PrimaryKeyConstraint("follow_up_id", name="crisis_follow_ups_pkey"),
    # follow_ups_of(): those of an episode; and no stage twice
    sa.UniqueConstraint("crisis_id", "series", "stage", name="crisis_follow_ups_stage"),
    # the person's rows, when their profile is deleted
    sa.Index("crisis_follow_ups_by_user", "user_id"),
    one_of("state", FollowUpState, "crisis_follow_ups_state"),
    sa.CheckConstraint("stage BETWEEN 1 AND 7", name="crisis_follow_ups_stage_range"),
    comment="Each planned text after a crisis; a row is sent at most once",
)
