"""People as the line knows them: profile, contact, scores, consent, crises."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from kit.audit import audit_migration

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SCHEMA = "profile"
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the tables of a person and the audit trail."""
    _user_profiles()
    _burnout_scores()
    _consent_events()
    _contact_state()
    _crises()
    _crisis_follow_ups()
    _crisis_texts()
    audit_migration(op, SCHEMA)


def downgrade() -> None:
    """Drop everything of this schema's first version."""
    op.drop_table("audit_records", schema=SCHEMA)
    op.drop_table("crisis_texts", schema=SCHEMA)
    op.drop_table("crisis_follow_ups", schema=SCHEMA)
    op.drop_table("crises", schema=SCHEMA)
    op.drop_table("contact_state", schema=SCHEMA)
    op.drop_table("consent_events", schema=SCHEMA)
    op.drop_table("burnout_scores", schema=SCHEMA)
    op.drop_table("user_profiles", schema=SCHEMA)


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


def _arrival(name: str) -> sa.Column[Any]:
    kind = sa.Identity(always=True)
    return sa.Column(name, sa.BigInteger, kind, nullable=False, comment="In order of arrival")


def _of_person() -> sa.ForeignKeyConstraint:
    target = ["profile.user_profiles.user_id"]
    return sa.ForeignKeyConstraint(["user_id"], target, ondelete="CASCADE")


def _of_crisis() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["crisis_id"], ["profile.crises.crisis_id"], ondelete="CASCADE")


def _user_profiles() -> None:
    op.create_table(
        "user_profiles",
        sa.Column("user_id", sa.Uuid(), nullable=False, comment="The person; id made by identity"),
        _text("first_name", "What to call them, empty where unknown", server_default=""),
        _text("relationship", "What they are to whom they care for", server_default=""),
        _text("care_recipient_name", "Whom they care for, empty where unknown", server_default=""),
        _text("zip_code", "Postal code, empty where unknown", server_default=""),
        _text("time_zone", "IANA name, empty where unknown", server_default=""),
        _text("language", "BCP 47 primary tag", server_default="en"),
        _text("journey_phase", "Where they stand with the line", server_default="onboarding"),
        sa.Column(
            "has_access",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="What billing said last; tells the end of access from never having had any",
        ),
        sa.Column(
            "burnout_score", sa.Double(), comment="Composite, 0 to 100; null without a score"
        ),
        _moment("last_crisis_at", "When a crisis text last came", nullable=True),
        *_stamps(),
        sa.CheckConstraint(
            "journey_phase IN ('onboarding', 'active', 'crisis', 'recovery', "
            "'maintenance', 'churned')",
            name="user_profiles_journey_phase",
        ),
        sa.CheckConstraint("language IN ('en', 'es')", name="user_profiles_language"),
        sa.CheckConstraint("burnout_score BETWEEN 0 AND 100", name="user_profiles_burnout_score"),
        sa.PrimaryKeyConstraint("user_id", name="by_user"),
        schema=SCHEMA,
        comment="What is known of a person and seldom changes",
    )


def _burnout_scores() -> None:
    op.create_table(
        "burnout_scores",
        _arrival("score_id"),
        sa.Column("user_id", sa.Uuid(), nullable=False, comment="The person"),
        sa.Column(
            "score", sa.Double(), nullable=False, comment="0 to 100, higher is more burned out"
        ),
        _text("source", "Which questionnaire"),
        _moment("recorded_at", "When it was taken"),
        _text("request_key", "The caller's key: one row for each"),
        *_stamps(),
        sa.CheckConstraint(
            "source IN ('daily_check_in', 'monthly_review')", name="burnout_scores_source"
        ),
        sa.CheckConstraint("score BETWEEN 0 AND 100", name="burnout_scores_score"),
        _of_person(),
        sa.PrimaryKeyConstraint("score_id", name="burnout_scores_pkey"),
        sa.UniqueConstraint("request_key", name="burnout_scores_request_key"),
        schema=SCHEMA,
        comment="Every score ever taken",
    )
    op.create_index(
        "burnout_scores_by_source",
        "burnout_scores",
        ["user_id", "source", "recorded_at", "score_id"],
        schema=SCHEMA,
    )
    op.create_index(
        "burnout_scores_by_user",
        "burnout_scores",
        ["user_id", "recorded_at", "score_id"],
        schema=SCHEMA,
    )


def _consent_events() -> None:
    op.create_table(
        "consent_events",
        _arrival("event_id"),
        sa.Column("user_id", sa.Uuid(), nullable=False, comment="The person"),
        _text("state", "What was said"),
        _text("source", "Where it comes from"),
        _moment("event_at", "When it was said"),
        _text("request_key", "The caller's key: one row for each"),
        sa.Column(
            "changed",
            sa.Boolean(),
            nullable=False,
            comment="Whether it changed what held before it",
        ),
        *_stamps(),
        sa.CheckConstraint(
            "source IN ('word', 'opt_out_type', 'send_error', 'status_error')",
            name="consent_events_source",
        ),
        sa.CheckConstraint("state IN ('opted_in', 'opted_out')", name="consent_events_state"),
        _of_person(),
        sa.PrimaryKeyConstraint("event_id", name="consent_events_pkey"),
        sa.UniqueConstraint("request_key", name="consent_events_request_key"),
        schema=SCHEMA,
        comment="The ledger of consent; append-only",
    )
    op.create_index(
        "consent_events_by_user", "consent_events", ["user_id", "event_at"], schema=SCHEMA
    )


def _contact_state() -> None:
    op.create_table(
        "contact_state",
        sa.Column("user_id", sa.Uuid(), nullable=False, comment="The person"),
        _text("burnout_band", "Band of the composite; null without a score", nullable=True),
        _moment("last_inbound_at", "When they last wrote", nullable=True),
        _moment("last_proactive_at", "When a text that we started last went out", nullable=True),
        sa.Column(
            "last_contact_at",
            _MOMENT,
            sa.Computed("GREATEST(last_inbound_at, last_proactive_at)", persisted=True),
            comment="The later of the two; null before the first",
        ),
        _text("sms_consent", "Whether we may text them", server_default="unspecified"),
        _moment("sms_consent_at", "Event time of the statement that holds", nullable=True),
        *_stamps(),
        sa.CheckConstraint(
            "(sms_consent = 'unspecified') = (sms_consent_at IS NULL)",
            name="contact_state_sms_consent_at",
        ),
        sa.CheckConstraint(
            "burnout_band IN ('thriving', 'mild', 'moderate', 'high', 'severe')",
            name="contact_state_burnout_band",
        ),
        sa.CheckConstraint(
            "sms_consent IN ('unspecified', 'opted_in', 'opted_out')",
            name="contact_state_sms_consent",
        ),
        _of_person(),
        sa.PrimaryKeyConstraint("user_id", name="contact_state_pkey"),
        schema=SCHEMA,
        comment="What changes with every text: one hot row a person, and their lock",
    )
    op.create_index(
        "by_band_contact",
        "contact_state",
        ["burnout_band", "last_contact_at", "user_id"],
        schema=SCHEMA,
        postgresql_where=sa.text("sms_consent <> 'opted_out'"),
    )


def _crises() -> None:
    op.create_table(
        "crises",
        sa.Column("crisis_id", sa.Uuid(), nullable=False, comment="UUIDv7, so in order of opening"),
        sa.Column("user_id", sa.Uuid(), nullable=False, comment="The person"),
        _text("kind", "Kind of the latest crisis text"),
        _text("state", "Whether later crisis texts join it"),
        _moment("started_at", "When its first crisis text came"),
        _moment("last_text_at", "When its latest one came"),
        sa.Column("text_count", sa.Integer(), nullable=False, comment="How many came"),
        sa.Column("series", sa.Integer(), nullable=False, comment="Series of follow-ups that runs"),
        _moment("resolved_at", "When an operator closed it", nullable=True),
        *_stamps(),
        sa.CheckConstraint(
            "(state = 'resolved') = (resolved_at IS NOT NULL)", name="crises_resolved"
        ),
        sa.CheckConstraint(
            "kind IN ('suicide', 'passive_ideation', 'third_person', 'harm_to_other', "
            "'abuse', 'medical_emergency')",
            name="crises_kind",
        ),
        sa.CheckConstraint("state IN ('open', 'resolved')", name="crises_state"),
        _of_person(),
        sa.PrimaryKeyConstraint("crisis_id", name="crises_pkey"),
        schema=SCHEMA,
        comment="An episode: everything from a first crisis text until a person resolves it",
    )
    op.create_index("crises_by_user", "crises", ["user_id", "crisis_id"], schema=SCHEMA)
    op.create_index(
        "crises_open",
        "crises",
        ["crisis_id"],
        schema=SCHEMA,
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index(
        "crises_open_by_user",
        "crises",
        ["user_id"],
        unique=True,
        schema=SCHEMA,
        postgresql_where=sa.text("state = 'open'"),
    )


def _crisis_follow_ups() -> None:
    op.create_table(
        "crisis_follow_ups",
        sa.Column("follow_up_id", sa.Uuid(), nullable=False, comment="UUIDv7"),
        sa.Column("crisis_id", sa.Uuid(), nullable=False, comment="The episode"),
        sa.Column("user_id", sa.Uuid(), nullable=False, comment="The person"),
        sa.Column(
            "series", sa.Integer(), nullable=False, comment="1, and one more for each new start"
        ),
        sa.Column("stage", sa.Integer(), nullable=False, comment="1 to 7"),
        _moment("due_at", "When it is to be sent"),
        _text("state", "What became of it"),
        *_stamps(),
        sa.CheckConstraint(
            "state IN ('planned', 'sent', 'skipped', 'canceled')", name="crisis_follow_ups_state"
        ),
        sa.CheckConstraint("stage BETWEEN 1 AND 7", name="crisis_follow_ups_stage_range"),
        _of_crisis(),
        _of_person(),
        sa.PrimaryKeyConstraint("follow_up_id", name="crisis_follow_ups_pkey"),
        sa.UniqueConstraint("crisis_id", "series", "stage", name="crisis_follow_ups_stage"),
        schema=SCHEMA,
        comment="Each planned text after a crisis; a row is sent at most once",
    )
    op.create_index("crisis_follow_ups_by_user", "crisis_follow_ups", ["user_id"], schema=SCHEMA)


def _crisis_texts() -> None:
    op.create_table(
        "crisis_texts",
        _text("request_key", "The caller's key: one row for each"),
        sa.Column("crisis_id", sa.Uuid(), nullable=False, comment="The episode"),
        sa.Column("user_id", sa.Uuid(), nullable=False, comment="The person"),
        _text("kind", "What it was about; the text itself is not here"),
        _moment("event_at", "When it came"),
        *_stamps(),
        sa.CheckConstraint(
            "kind IN ('suicide', 'passive_ideation', 'third_person', 'harm_to_other', "
            "'abuse', 'medical_emergency')",
            name="crisis_texts_kind",
        ),
        _of_crisis(),
        _of_person(),
        sa.PrimaryKeyConstraint("request_key", name="crisis_texts_pkey"),
        schema=SCHEMA,
        comment="Which crisis texts were counted",
    )
    op.create_index("crisis_texts_by_crisis", "crisis_texts", ["crisis_id"], schema=SCHEMA)
    op.create_index("crisis_texts_by_user", "crisis_texts", ["user_id"], schema=SCHEMA)
