"""Questionnaires by text: what was asked, what was replied, and the zones that follow."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SCHEMA = "profile"
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the tables of assessments; a constant default rewrites no profile."""
    op.add_column(
        "user_profiles",
        sa.Column(
            "pressure_zones",
            ARRAY(sa.Text),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="Zones above 50 in the newest monthly review, at most three, the worst first",
        ),
        schema=SCHEMA,
    )
    _assessments()
    _assessment_replies()


def downgrade() -> None:
    """Drop them."""
    op.drop_table("assessment_replies", schema=SCHEMA)
    op.drop_table("assessments", schema=SCHEMA)
    op.drop_column("user_profiles", "pressure_zones", schema=SCHEMA)


def _text(name: str, comment: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Text, nullable=False, comment=comment)


def _moment(name: str, comment: str, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, _MOMENT, nullable=nullable, comment=comment)


def _stamps() -> list[sa.Column[Any]]:
    comments = {"created_at": "When the row was made", "updated_at": "When it last changed"}
    return [
        sa.Column(name, _MOMENT, nullable=False, server_default=sa.func.now(), comment=comment)
        for name, comment in comments.items()
    ]


def _of_person() -> sa.ForeignKeyConstraint:
    target = ["profile.user_profiles.user_id"]
    return sa.ForeignKeyConstraint(["user_id"], target, ondelete="CASCADE")


def _assessments() -> None:
    op.create_table(
        "assessments",
        sa.Column(
            "assessment_id", sa.Uuid(), nullable=False, comment="UUIDv7, so in order of starting"
        ),
        sa.Column("user_id", sa.Uuid(), nullable=False, comment="The person"),
        _text("questionnaire", "Which questions are asked"),
        _text("state", "Whether it takes replies"),
        sa.Column("question", sa.Integer(), nullable=False, comment="Number, from 1, asked last"),
        sa.Column(
            "asked_again",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="Whether that question was asked once more, after a number that is no rating",
        ),
        sa.Column("score", sa.Double(), comment="0 to 100; null unless completed with a rating"),
        _moment("started_at", "When its first question was asked"),
        _moment("expires_at", "When the question asked last stops waiting"),
        _moment("ended_at", "When it stopped taking replies", nullable=True),
        _text("request_key", "The caller's key: one row for each"),
        *_stamps(),
        sa.CheckConstraint(
            "questionnaire IN ('daily_check_in', 'monthly_review')",
            name="assessments_questionnaire",
        ),
        sa.CheckConstraint(
            "state IN ('open', 'completed', 'deferred', 'expired')", name="assessments_state"
        ),
        sa.CheckConstraint("question >= 1", name="assessments_question"),
        sa.CheckConstraint("score BETWEEN 0 AND 100", name="assessments_score"),
        sa.CheckConstraint("score IS NULL OR state = 'completed'", name="assessments_scored"),
        sa.CheckConstraint("(state = 'open') = (ended_at IS NULL)", name="assessments_ended"),
        _of_person(),
        sa.PrimaryKeyConstraint("assessment_id", name="assessments_pkey"),
        sa.UniqueConstraint("request_key", name="assessments_request_key"),
        schema=SCHEMA,
        comment="Each time that a person is asked a questionnaire",
    )
    for name, columns, options in (
        ("assessments_open_by_user", ["user_id"], {"unique": True}),
        ("assessments_open", ["expires_at"], {}),
    ):
        op.create_index(
            name,
            "assessments",
            columns,
            schema=SCHEMA,
            postgresql_where=sa.text("state = 'open'"),
            **options,
        )
    op.create_index(
        "assessments_by_user", "assessments", ["user_id", "assessment_id"], schema=SCHEMA
    )
    op.create_index(
        "assessments_by_questionnaire",
        "assessments",
        ["user_id", "questionnaire", "started_at"],
        schema=SCHEMA,
    )


def _assessment_replies() -> None:
    op.create_table(
        "assessment_replies",
        sa.Column(
            "reply_id",
            sa.BigInteger,
            sa.Identity(always=True),
            nullable=False,
            comment="In order of arrival",
        ),
        sa.Column("assessment_id", sa.Uuid(), nullable=False, comment="The assessment"),
        sa.Column("user_id", sa.Uuid(), nullable=False, comment="The person"),
        sa.Column(
            "question", sa.Integer(), nullable=False, comment="Number, from 1, that it replies to"
        ),
        _text("outcome", "What the reply did"),
        sa.Column("rating", sa.Integer(), comment="1 to 5; null unless the outcome is a rating"),
        _moment("replied_at", "When it was taken"),
        _text("request_key", "The caller's key: one row for each"),
        *_stamps(),
        sa.CheckConstraint(
            "outcome IN ('rated', 'skipped', 'asked_again', 'deferred')",
            name="assessment_replies_outcome",
        ),
        sa.CheckConstraint(
            "(outcome = 'rated') = (rating IS NOT NULL)", name="assessment_replies_rated"
        ),
        sa.CheckConstraint("rating BETWEEN 1 AND 5", name="assessment_replies_rating"),
        sa.ForeignKeyConstraint(
            ["assessment_id"], ["profile.assessments.assessment_id"], ondelete="CASCADE"
        ),
        _of_person(),
        sa.PrimaryKeyConstraint("reply_id", name="assessment_replies_pkey"),
        sa.UniqueConstraint("request_key", name="assessment_replies_request_key"),
        schema=SCHEMA,
        comment="Every reply to a question, as a number or as what it did, never as text",
    )
    op.create_index(
        "assessment_replies_by_assessment",
        "assessment_replies",
        ["assessment_id", "reply_id"],
        schema=SCHEMA,
    )
    op.create_index("assessment_replies_by_user", "assessment_replies", ["user_id"], schema=SCHEMA)
