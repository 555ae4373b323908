"""A person is two rows: `user_profiles` for what seldom changes, `contact_state` for what changes
with every text.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from kit.table_parts import moment, one_of, stamps, text
from services.profile.burnout import BurnoutBand
from services.profile.consent import SmsConsent
from services.profile.details import LANGUAGES, CheckInPreference
from services.profile.journey import JourneyPhase
from services.profile.tables.schema import metadata, person

user_profiles = sa.Table(
    "user_profiles",
    metadata,
    sa.Column("user_id", sa.Uuid, nullable=False, comment="The person; id made by identity"),
    text("first_name", "What to call them, empty where unknown", server_default=""),
    text("relationship", "What they are to whom they care for", server_default=""),
    text("care_recipient_name", "Whom they care for, empty where unknown", server_default=""),
    text("zip_code", "Postal code, empty where unknown", server_default=""),
    text("time_zone", "IANA name, empty where unknown", server_default=""),
    text("language", "BCP 47 primary tag", server_default="en"),
    text("journey_phase", "Where they stand with the line", server_default="onboarding"),
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
    text(
        "check_in_preference", "How often they want to be checked in on", server_default="default"
    ),
    moment("last_crisis_at", "When a crisis text last came", nullable=True),
    moment(
        "assistant_held_until",
        "Until when the assistant answers nothing; may be past",
        nullable=True,
    ),
    *stamps(),
    # profile_of(): one person's profile
    sa.PrimaryKeyConstraint("user_id", name="by_user"),
    # advance_journeys(): those for whom time may do something, the longest overdue first
    sa.Index("by_journey_check", "journey_check_at", "user_id"),
    # profile_stats(): people by phase
    sa.Index("by_journey_phase", "journey_phase"),
    one_of("journey_phase", JourneyPhase, "user_profiles_journey_phase"),
    one_of("language", LANGUAGES, "user_profiles_language"),
    one_of("check_in_preference", CheckInPreference, "user_profiles_check_in_preference"),
    sa.CheckConstraint("burnout_score BETWEEN 0 AND 100", name="user_profiles_burnout_score"),
    comment="What is known of a person and seldom changes",
)

contact_state = sa.Table(
    "contact_state",
    metadata,
    person(),
    sa.Column("burnout_band", sa.Text, comment="Band of the composite; null without a score"),
    moment("last_inbound_at", "When they last wrote", nullable=True),
    moment("last_proactive_at", "When a text that we started last went out", nullable=True),
    sa.Column(
        "last_contact_at",
        sa.DateTime(timezone=True),
        sa.Computed("GREATEST(last_inbound_at, last_proactive_at)", persisted=True),
        comment="The later of the two; null before the first",
    ),
    text("sms_consent", "Whether we may text them", server_default="unspecified"),
    moment("sms_consent_at", "Event time of the statement that holds", nullable=True),
    *stamps(),
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
    one_of("burnout_band", BurnoutBand, "contact_state_burnout_band"),
    one_of("sms_consent", SmsConsent, "contact_state_sms_consent"),
    sa.CheckConstraint(
        "(sms_consent = 'unspecified') = (sms_consent_at IS NULL)",
        name="contact_state_sms_consent_at",
    ),
    comment="What changes with every text: one hot row a person, and their lock",
)
