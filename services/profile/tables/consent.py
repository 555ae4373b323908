"""The ledger of consent."""

from __future__ import annotations

import sqlalchemy as sa

from kit.table_parts import moment, one_of, stamps, text
from services.profile.consent import ConsentSource
from services.profile.tables.schema import metadata, person

consent_events = sa.Table(
    "consent_events",
    metadata,
    sa.Column("event_id", sa.BigInteger, sa.Identity(always=True), comment="In order of arrival"),
    person(),
    text("state", "What was said"),
    text("source", "Where it comes from"),
    moment("event_at", "When it was said"),
    text("request_key", "The caller's key: one row for each"),
    sa.Column(
        "changed", sa.Boolean, nullable=False, comment="Whether it changed what held before it"
    ),
    *stamps(),
    sa.PrimaryKeyConstraint("event_id", name="consent_events_pkey"),
    sa.UniqueConstraint("request_key", name="consent_events_request_key"),
    # the person's rows, when their profile is deleted
    sa.Index("consent_events_by_user", "user_id", "event_at"),
    one_of("state", ("opted_in", "opted_out"), "consent_events_state"),
    one_of("source", ConsentSource, "consent_events_source"),
    comment="The ledger of consent; append-only",
)
