"""The tables of the toy service."""

from __future__ import annotations

import sqlalchemy as sa

from kit.audit import audit_table

metadata = sa.MetaData(schema="notes")
audit_records = audit_table(metadata)
notes = sa.Table(
    "notes",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True, comment="In order of arrival"),
    sa.Column("words", sa.Text, nullable=False, comment="What it says"),
    sa.Column("stars", sa.Integer, nullable=False, server_default="0", comment="0 to 5"),
    sa.CheckConstraint("stars BETWEEN 0 AND 5", name="notes_stars_in_range"),
    sa.Index("notes_by_words", "words", unique=True),
    sa.Index("notes_starred", "stars", "id", postgresql_where=sa.text("stars > 0")),
    comment="Notes",
)
