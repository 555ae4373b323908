"""The tables of the schema `profile`.

A person is two rows: `user_profiles` for what seldom changes, `contact_state` for what changes with
every text. Every write that touches more than one row locks the person's `contact_state` first.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from kit.audit import audit_table
from services.profile.assessment import AssessmentState, ReplyOutcome
from services.profile.burnout import BurnoutBand, ScoreSource
from services.profile.consent import ConsentSource, SmsConsent
from services.profile.crisis import CrisisKind, CrisisSource, CrisisState, FollowUpState
from services.profile.details import LANGUAGES, CheckInPreference
from services.profile.journey import JourneyPhase, ReactivationState

metadata = sa.MetaData(schema="profile")


def _one_of(column: str, values: type[StrEnum] | tuple[str, ...], name: str) -> sa.CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return sa.CheckConstraint(f"{column} IN ({listed})", name=name)


def _text(name: str, comment: str, **options: Any) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False, comment=comment, **options)


def _moment(name: str, comment: str, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable, comment=comment)


def _stamps() -> list[sa.Column[Any]]:
    return [
        sa.Column(
            name,
            sa.DateTime(timezone=True),
            nullable=False,
            server_default=sa.func.now(),
            comment=comment,
        )
        for name, comment in (
            ("created_at", "When the row was made"),
            ("updated_at", "When it last changed"),
        )
    ]


def _person() -> sa.Column[Any]:
    return sa.Column(
        "user_id",
        sa.Uuid,
        sa.ForeignKey("profile.user_profiles.user_id", ondelete="CASCADE"),
        nullable=False,
        comment="The person",
    )


user_profiles = sa.Table(
    "user_profiles",
    metadata,
    sa.Column("user_id", sa.Uuid, nullable=False, comment="The person; id made by identity"),
    _text("first_name", "What to call them, empty where unknown", server_default=""),
    _text("relationship", "What they are to whom they care for", server_default=""),
    _text("care_recipient_name", "Whom they care for, empty where unknown", server_default=""),
    _text("zip_code", "Postal code, empty where unknown", server_default=""),
    _text("time_zone", "IANA name, empty where unknown", server_default=""),
    _text("language", "BCP 47 primary tag", server_default="en"),
    _text("journey_phase", "Where they stand with the line", server_default="onboarding"),
    sa.Column(
        "has_access",
        sa.Boolean,
        nullable=False,
        server_default=sa.false(),
        comment="What billing said last; tells the end of access from never having had any",
    ),
    sa.Column(
        "journey_check_at",
        sa.DateTime(timezone=True),
        server_default=sa.text("'epoch'"),
        comment="When time may do something next; null where only an event can",
    ),
    sa.Column("burnout_score", sa.Double, comment="Composite, 0 to 100; null without a score"),
    sa.Column(
        "pressure_zones",
        ARRAY(sa.Text),
        nullable=False,
        server_default=sa.text("'{}'"),
        comment="Zones above 50 in the newest monthly review, at most three, the worst first",
    ),
    _text(
        "check_in_preference", "How often they want to be checked in on", server_default="default"
    ),
    _moment("last_crisis_at", "When a crisis text last came", nullable=True),
    _moment(
        "assistant_held_until",
        "Until when the assistant answers nothing; may be past",
        nullable=True,
    ),
    *_stamps(),
    # profile_of(): one person's profile
    sa.PrimaryKeyConstraint("user_id", name="by_user"),
    # advance_journeys(): those for whom time may do something, the longest overdue first
    sa.Index("by_journey_check", "journey_check_at", "user_id"),
    # profile_stats(): people by phase
    sa.Index("by_journey_phase", "journey_phase"),
    _one_of("journey_phase", JourneyPhase, "user_profiles_journey_phase"),
    _one_of("language", LANGUAGES, "user_profiles_language"),
    _one_of("check_in_preference", CheckInPreference, "user_profiles_check_in_preference"),
    sa.CheckConstraint("burnout_score BETWEEN 0 AND 100", name="user_profiles_burnout_score"),
    comment="What is known of a person and seldom changes",
)

contact_state = sa.Table(
    "contact_state",
    metadata,
    _person(),
    sa.Column("burnout_band", sa.Text, comment="Band of the composite; null without a score"),
    _moment("last_inbound_at", "When they last wrote", nullable=True),
    _moment("last_proactive_at", "When a text that we started last went out", nullable=True),
    sa.Column(
        "last_contact_at",
        sa.DateTime(timezone=True),
        sa.Computed("GREATEST(last_inbound_at, last_proactive_at)", persisted=True),
        comment="The later of the two; null before the first",
    ),
    _text("sms_consent", "Whether we may text them", server_default="unspecified"),
    _moment("sms_consent_at", "Event time of the statement that holds", nullable=True),
    *_stamps(),
    sa.PrimaryKeyConstraint("user_id", name="contact_state_pkey"),
    # due_for_check_in(): those of one band, longest silence first
    sa.Index(
        "by_band_contact",
        "burnout_band",
        "last_contact_at",
        "user_id",
        postgresql_where=sa.text("sms_consent <> 'opted_out'"),
    ),
    # profile_stats(): people by consent and by band
    sa.Index("contact_state_by_consent", "sms_consent", "burnout_band"),
    # profile_stats(): who wrote in the last days
    sa.Index("contact_state_by_inbound", "last_inbound_at"),
    _one_of("burnout_band", BurnoutBand, "contact_state_burnout_band"),
    _one_of("sms_consent", SmsConsent, "contact_state_sms_consent"),
    sa.CheckConstraint(
        "(sms_consent = 'unspecified') = (sms_consent_at IS NULL)",
        name="contact_state_sms_consent_at",
    ),
    comment="What changes with every text: one hot row a person, and their lock",
)

burnout_scores = sa.Table(
    "burnout_scores",
    metadata,
    sa.Column("score_id", sa.BigInteger, sa.Identity(always=True), comment="In order of arrival"),
    _person(),
    sa.Column("score", sa.Double, nullable=False, comment="0 to 100, higher is more burned out"),
    _text("source", "Which questionnaire"),
    _moment("recorded_at", "When it was taken"),
    _text("request_key", "The caller's key: one row for each"),
    *_stamps(),
    sa.PrimaryKeyConstraint("score_id", name="burnout_scores_pkey"),
    sa.UniqueConstraint("request_key", name="burnout_scores_request_key"),
    # scores_of(): a person's scores, newest first
    sa.Index("burnout_scores_by_user", "user_id", "recorded_at", "score_id"),
    # record_burnout_score(), profile_of(): the newest of each source
    sa.Index("burnout_scores_by_source", "user_id", "source", "recorded_at", "score_id"),
    _one_of("source", ScoreSource, "burnout_scores_source"),
    sa.CheckConstraint("score BETWEEN 0 AND 100", name="burnout_scores_score"),
    comment="Every score ever taken",
)

assessments = sa.Table(
    "assessments",
    metadata,
    sa.Column("assessment_id", sa.Uuid, nullable=False, comment="UUIDv7, so in order of starting"),
    _person(),
    _text("questionnaire", "Which questions are asked"),
    _text("state", "Whether it takes replies"),
    sa.Column("question", sa.Integer, nullable=False, comment="Number, from 1, asked last"),
    sa.Column(
        "asked_again",
        sa.Boolean,
        nullable=False,
        server_default=sa.false(),
        comment="Whether that question was asked once more, after a number that is no rating",
    ),
    sa.Column("score", sa.Double, comment="0 to 100; null unless completed with a rating"),
    _moment("started_at", "When its first question was asked"),
    _moment("expires_at", "When the question asked last stops waiting"),
    _moment("ended_at", "When it stopped taking replies", nullable=True),
    _text("request_key", "The caller's key: one row for each"),
    *_stamps(),
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
    _one_of("questionnaire", ScoreSource, "assessments_questionnaire"),
    _one_of("state", AssessmentState, "assessments_state"),
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
    _person(),
    sa.Column("question", sa.Integer, nullable=False, comment="Number, from 1, that it replies to"),
    _text("outcome", "What the reply did"),
    sa.Column("rating", sa.Integer, comment="1 to 5; null unless the outcome is a rating"),
    _moment("replied_at", "When it was taken"),
    _text("request_key", "The caller's key: one row for each"),
    *_stamps(),
    sa.PrimaryKeyConstraint("reply_id", name="assessment_replies_pkey"),
    # record_reply(): whether this reply was taken
    sa.UniqueConstraint("request_key", name="assessment_replies_request_key"),
    # assessment_of(): the replies of one, in order
    sa.Index("assessment_replies_by_assessment", "assessment_id", "reply_id"),
    # the person's rows, when their profile is deleted
    sa.Index("assessment_replies_by_user", "user_id"),
    _one_of("outcome", ReplyOutcome, "assessment_replies_outcome"),
    sa.CheckConstraint(
        "(outcome = 'rated') = (rating IS NOT NULL)", name="assessment_replies_rated"
    ),
    sa.CheckConstraint("rating BETWEEN 1 AND 5", name="assessment_replies_rating"),
    comment="Every reply to a question, as a number or as what it did, never as text",
)

consent_events = sa.Table(
    "consent_events",
    metadata,
    sa.Column("event_id", sa.BigInteger, sa.Identity(always=True), comment="In order of arrival"),
    _person(),
    _text("state", "What was said"),
    _text("source", "Where it comes from"),
    _moment("event_at", "When it was said"),
    _text("request_key", "The caller's key: one row for each"),
    sa.Column(
        "changed", sa.Boolean, nullable=False, comment="Whether it changed what held before it"
    ),
    *_stamps(),
    sa.PrimaryKeyConstraint("event_id", name="consent_events_pkey"),
    sa.UniqueConstraint("request_key", name="consent_events_request_key"),
    # the person's rows, when their profile is deleted
    sa.Index("consent_events_by_user", "user_id", "event_at"),
    _one_of("state", ("opted_in", "opted_out"), "consent_events_state"),
    _one_of("source", ConsentSource, "consent_events_source"),
    comment="The ledger of consent; append-only",
)

crises = sa.Table(
    "crises",
    metadata,
    sa.Column("crisis_id", sa.Uuid, nullable=False, comment="UUIDv7, so in order of opening"),
    _person(),
    _text("kind", "Kind of the latest crisis text"),
    _text("state", "Whether later crisis texts join it"),
    _moment("started_at", "When its first crisis text came"),
    _moment("last_text_at", "When its latest one came"),
    sa.Column("text_count", sa.Integer, nullable=False, comment="How many came"),
    sa.Column("series", sa.Integer, nullable=False, comment="Series of follow-ups that runs"),
    _moment("resolved_at", "When an operator closed it", nullable=True),
    _text(
        "source",
        "The rules, once they recognised one of its texts, else the assistant",
        server_default="rules",
    ),
    *_stamps(),
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
    _one_of("kind", CrisisKind, "crises_kind"),
    _one_of("state", CrisisState, "crises_state"),
    _one_of("source", CrisisSource, "crises_source"),
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
    _text("request_key", "The caller's key: one row for each"),
    _crisis(),
    _person(),
    _text("kind", "What it was about; the text itself is not here"),
    _moment("event_at", "When it came"),
    _text("source", "What took it for a crisis", server_default="rules"),
    *_stamps(),
    # record_crisis(): whether this text was counted
    sa.PrimaryKeyConstraint("request_key", name="crisis_texts_pkey"),
    # rows of an episode and of a person, when these are deleted
    sa.Index("crisis_texts_by_crisis", "crisis_id"),
    sa.Index("crisis_texts_by_user", "user_id"),
    _one_of("kind", CrisisKind, "crisis_texts_kind"),
    _one_of("source", CrisisSource, "crisis_texts_source"),
    comment="Which crisis texts were counted",
)

crisis_replies = sa.Table(
    "crisis_replies",
    metadata,
    _text("request_key", "The caller's key: one row for each"),
    _person(),
    sa.Column(
        "admitted", sa.Boolean, nullable=False, comment="Whether the text was to be answered"
    ),
    _moment("event_at", "When it came"),
    *_stamps(),
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
    _person(),
    sa.Column("series", sa.Integer, nullable=False, comment="1, and one more for each new start"),
    sa.Column("stage", sa.Integer, nullable=False, comment="1 to 7"),
    _moment("due_at", "When it is to be sent"),
    _text("state", "What became of it"),
    *_stamps(),
    # follow_up_of(): one follow-up
    sa.PrimaryKeyConstraint("follow_up_id", name="crisis_follow_ups_pkey"),
    # follow_ups_of(): those of an episode; and no stage twice
    sa.UniqueConstraint("crisis_id", "series", "stage", name="crisis_follow_ups_stage"),
    # the person's rows, when their profile is deleted
    sa.Index("crisis_follow_ups_by_user", "user_id"),
    _one_of("state", FollowUpState, "crisis_follow_ups_state"),
    sa.CheckConstraint("stage BETWEEN 1 AND 7", name="crisis_follow_ups_stage_range"),
    comment="Each planned text after a crisis; a row is sent at most once",
)

reactivations = sa.Table(
    "reactivations",
    metadata,
    sa.Column("reactivation_id", sa.Uuid, nullable=False, comment="UUIDv7, in order of planning"),
    _person(),
    _moment("silent_since", "Since when they had not written"),
    sa.Column("stage", sa.Integer, nullable=False, comment="1 to 3"),
    _text("state", "What became of it"),
    *_stamps(),
    # reactivation_of(): one reactivation
    sa.PrimaryKeyConstraint("reactivation_id", name="reactivations_pkey"),
    # advance_journeys(): those of one silence; and no stage twice
    sa.UniqueConstraint("user_id", "silent_since", "stage", name="reactivations_stage"),
    # planned_reactivations(): those to be sent, oldest first
    sa.Index(
        "reactivations_planned", "reactivation_id", postgresql_where=sa.text("state = 'planned'")
    ),
    _one_of("state", ReactivationState, "reactivations_state"),
    sa.CheckConstraint("stage BETWEEN 1 AND 3", name="reactivations_stage_range"),
    comment="Each text that asks a silent person back; a row is sent at most once",
)

audit_records = audit_table(metadata)
