"""People and their roles."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

from kit.audit import audit_migration

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SCHEMA = "identity"


def upgrade() -> None:
    """Create users and the audit trail."""
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "users",
        sa.Column(
            "user_id", sa.Uuid, primary_key=True, comment="UUIDv7: pages run oldest first by it"
        ),
        sa.Column(
            "phone_number", sa.Text, nullable=False, comment="E.164; one person is one number"
        ),
        sa.Column("email", sa.Text, nullable=False, comment="As given; empty where unknown"),
        sa.Column("name", sa.Text, nullable=False, comment="As given; empty where unknown"),
        sa.Column(
            "roles",
            ARRAY(sa.Text),
            nullable=False,
            comment="What the person may do as an operator: support, admin; almost always empty",
        ),
        sa.Column("created_at", moment, nullable=False, comment="When the number first appeared"),
        sa.Column(
            "updated_at", moment, nullable=False, comment="When a column last changed its value"
        ),
        sa.CheckConstraint(r"phone_number ~ '^\+[1-9][0-9]{4,14}$'", name="users_phone_is_e164"),
        sa.CheckConstraint("roles <@ ARRAY['support', 'admin']", name="users_roles_are_known"),
        schema=SCHEMA,
        comment="People as identities; nothing hot lives here",
    )
    op.create_index("users_by_phone", "users", ["phone_number"], unique=True, schema=SCHEMA)
    op.create_index(
        "users_with_roles",
        "users",
        ["user_id"],
        schema=SCHEMA,
        postgresql_where=sa.text("cardinality(roles) > 0"),
    )
    audit_migration(op, SCHEMA)


def downgrade() -> None:
    """Drop everything of this schema's first version."""
    op.drop_table("audit_records", schema=SCHEMA)
    op.drop_table("users", schema=SCHEMA)
