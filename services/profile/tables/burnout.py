"""How burned out people are: scores, and the questionnaires that give them."""

from __future__ import annotations

import sqlalchemy as sa

from kit.table_parts import moment, one_of, stamps, text
from services.profile.assessment import AssessmentState, ReplyOutcome
from services.profile.burnout import ScoreSource
from services.profile.tables.schema import metadata, person

burnout_scores = sa.Table(
    "burnout_scores",
    metadata,
    sa.Column("score_id", sa.BigInteger, sa.Identity(always=True), comment="In order of arrival"),
    person(),
    sa.Column("score", sa.Double, nullable=False, comment="0 to 100, higher is more burned out"),
    text("source", "Which questionnaire"),
    moment("recorded_at", "When it was taken"),
    text("request_key", "The caller's key: one row for each"),
    *stamps(),
    sa.PrimaryKeyConstraint("score_id", name="burnout_scores_pkey"),
    sa.UniqueConstraint("request_key", name="burnout_scores_request_key"),
    # scores_of(): a person's scores, newest first
    sa.Index("burnout_scores_by_user", "user_id", "recorded_at", "score_id"),
    # record_burnout_score(), profile_of(): the newest of each source
    sa.Index("burnout_scores_by_source", "user_id", "source", "recorded_at", "score_id"),
    one_of("source", ScoreSource, "burnout_scores_source"),
    sa.CheckConstraint("score BETWEEN 0 AND 100", name="burnout_scores_score"),
    comment="Every score ever taken",
)

assessments = sa.Table(
    "assessments",
    metadata,
    sa.Column("assessment_id", sa.Uuid, nullable=False, comment="UUIDv7, so in order of starting"),
    person(),
    text("questionnaire", "Which questions are asked"),
    text("state", "Whether it takes replies"),
    sa.Column("question", sa.Integer, nullable=False, comment="Number, from 1, asked last"),
    sa.Column(
        "asked_again",
        sa.Boolean,
        nullable=False,
        server_default=sa.false(),
        comment="Whether that question was asked once more, after a number that is no rating",
    ),
    sa.Column("score", sa.Double, comment="0 to 100; null unless completed with a rating"),
    moment("started_at", "When its first question was asked"),
    moment("expires_at", "When the question asked last stops waiting"),
    moment("ended_at", "When it stopped taking replies", nullable=True),
    text("request_key", "The caller's key: one row for each"),
    *stamps(),
    # assessment_of(): one assessment
    sa.PrimaryKeyConstraint("assessment_id", name="assessments_pkey"),
    # start_assessment(): whether this key has started one
    sa.UniqueConstraint("request_key", name="assessments_request_key"),
    # record_reply(): the one that runs; at most one a person
    sa.Index(
        "assessments_open_by_user",
        "user_id",
        unique=True,
        postgresql_where=sa.text("state = 'open'"),
    ),
    # expire_assessments(): those whose question has waited too long
    sa.Index("assessments_open", "expires_at", postgresql_where=sa.text("state = 'open'")),
    # newest_assessment(): a person's, newest first
    sa.Index("assessments_by_user", "user_id", "assessment_id"),
    # start_assessment(): when the last one of a kind was begun
    sa.Index("assessments_by_questionnaire", "user_id", "questionnaire", "started_at"),
    one_of("questionnaire", ScoreSource, "assessments_questionnaire"),
    one_of("state", AssessmentState, "assessments_state"),
    sa.CheckConstraint("question >= 1", name="assessments_question"),
    sa.CheckConstraint("score BETWEEN 0 AND 100", name="assessments_score"),
    sa.CheckConstraint("score IS NULL OR state = 'completed'", name="assessments_scored"),
    sa.CheckConstraint("(state = 'open') = (ended_at IS NULL)", name="assessments_ended"),
    comment="Each time that a person is asked a questionnaire",
)

assessment_replies = sa.Table(
    "assessment_replies",
    metadata,
    sa.Column("reply_id", sa.BigInteger, sa.Identity(always=True), comment="In order of arrival"),
    sa.Column(
        "assessment_id",
        sa.Uuid,
        sa.ForeignKey("profile.assessments.assessment_id", ondelete="CASCADE"),
        nullable=False,
        comment="The assessment",
    ),
    person(),
    sa.Column("question", sa.Integer, nullable=False, comment="Number, from 1, that it replies to"),
    text("outcome", "What the reply did"),
    sa.Column("rating", sa.Integer, comment="1 to 5; null unless the outcome is a rating"),
    moment("replied_at", "When it was taken"),
    text("request_key", "The caller's key: one row for each"),
    *stamps(),
    sa.PrimaryKeyConstraint("reply_id", name="assessment_replies_pkey"),
    # record_reply(): whether this reply was taken
    sa.UniqueConstraint("request_key", name="assessment_replies_request_key"),
    # assessment_of(): the replies of one, in order
    sa.Index("assessment_replies_by_assessment", "assessment_id", "reply_id"),
    # the person's rows, when their profile is deleted
    sa.Index("assessment_replies_by_user", "user_id"),
    one_of("outcome", ReplyOutcome, "assessment_replies_outcome"),
    sa.CheckConstraint(
        "(outcome = 'rated') = (rating IS NOT NULL)", name="assessment_replies_rated"
    ),
    sa.CheckConstraint("rating BETWEEN 1 AND 5", name="assessment_replies_rating"),
    comment="Every reply to a question, as a number or as what it did, never as text",
)
