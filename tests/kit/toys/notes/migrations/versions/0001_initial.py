"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kit.audit import audit_migration

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "notes",
        sa.Column(
            "id", sa.BigInteger, sa.Identity(), primary_key=True, comment="In order of arrival"
        ),
        sa.Column("words", sa.Text, nullable=False, comment="What it says"),
        sa.Column("stars", sa.Integer, nullable=False, server_default="0", comment="0 to 5"),
        sa.CheckConstraint("stars BETWEEN 0 AND 5", name="notes_stars_in_range"),
        schema="notes",
        comment="Notes",
    )
    op.create_index("notes_by_words", "notes", ["words"], unique=True, schema="notes")
    op.create_index(
        "notes_starred",
        "notes",
        ["stars", "id"],
        schema="notes",
        postgresql_where=sa.text("stars > 0"),
    )
    audit_migration(op, "notes")
