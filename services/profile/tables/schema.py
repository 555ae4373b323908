"""The schema, and what most of its tables have."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

metadata = sa.MetaData(schema="profile")


def person() -> sa.Column[Any]:
    """Whose row it is; it goes with their profile."""
    return sa.Column(
        "user_id",
        sa.Uuid,
        sa.ForeignKey("profile.user_profiles.user_id", ondelete="CASCADE"),
        nullable=False,
        comment="The person",
    )
