"""Texts that ask silent people back."""

from __future__ import annotations

import sqlalchemy as sa

from kit.table_parts import moment, one_of, stamps, text
from services.profile.journey import ReactivationState
from services.profile.tables.schema import metadata, person

reactivations = sa.Table(
    "reactivations",
    metadata,
    sa.Column("reactivation_id", sa.Uuid, nullable=False, comment="UUIDv7, in order of planning"),
    person(),
    moment("silent_since", "Since when they had not written"),
    sa.Column("stage", sa.Integer, nullable=False, comment="1 to 3"),
    text("state", "What became of it"),
    *stamps(),
    # reactivation_of(): one reactivation
    sa.PrimaryKeyConstraint("reactivation_id", name="reactivations_pkey"),
    # advance_journeys(): those of one silence; and no stage twice
    sa.UniqueConstraint("user_id", "silent_since", "stage", name="reactivations_stage"),
    # planned_reactivations(): those to be sent, oldest first
    sa.Index(
        "reactivations_planned", "reactivation_id", postgresql_where=sa.text("state = 'planned'")
    ),
    one_of("state", ReactivationState, "reactivations_state"),
    sa.CheckConstraint("stage BETWEEN 1 AND 3", name="reactivations_stage_range"),
    comment="Each text that asks a silent person back; a row is sent at most once",
)
