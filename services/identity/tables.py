"""The tables of the schema `identity`."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from kit.audit import audit_table

SCHEMA: Final = "identity"
metadata = sa.MetaData(schema=SCHEMA)

users = sa.Table(
    "users",
    metadata,
    sa.Column("user_id", sa.Uuid, primary_key=True, comment="UUIDv7: pages run oldest first by it"),
    sa.Column("phone_number", sa.Text, nullable=False, comment="E.164; one person is one number"),
    sa.Column("email", sa.Text, nullable=False, comment="As given; empty where unknown"),
    sa.Column("name", sa.Text, nullable=False, comment="As given; empty where unknown"),
    sa.Column(
        "roles",
        ARRAY(sa.Text),
        nullable=False,
        comment="What the person may do as an operator: support, admin; almost always empty",
    ),
    sa.Column(
        "created_at",
        sa.DateTime(timezone=True),
        nullable=False,
        comment="When the number first appeared",
    ),
    sa.Column(
        "updated_at",
        sa.DateTime(timezone=True),
        nullable=False,
        comment="When a column last changed its value",
    ),
    sa.CheckConstraint(r"phone_number ~ '^\+[1-9][0-9]{4,14}$'", name="users_phone_is_e164"),
    sa.CheckConstraint("roles <@ ARRAY['support', 'admin']", name="users_roles_are_known"),
    comment="People as identities; nothing hot lives here",
)

# EnsureUser and GetUserByPhone; unique, so that racing first texts make one person.
sa.Index("users_by_phone", users.c.phone_number, unique=True)
# ListUsers(role): the few who hold one, oldest first.
sa.Index(
    "users_with_roles",
    users.c.user_id,
    postgresql_where=sa.func.cardinality(users.c.roles) > 0,
)

audit_records = audit_table(metadata)
