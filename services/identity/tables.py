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
    sa.Column(
        "erasing_at",
        sa.DateTime(timezone=True),
        comment="Since when they are being erased; else null",
    ),
    sa.Column(
        "suppressed",
        sa.Boolean,
        nullable=False,
        server_default=sa.false(),
        comment="The number was suppressed when it appeared again: no texts until an opt-in",
    ),
    sa.Column(
        "unreachable_at",
        sa.DateTime(timezone=True),
        comment="When a text began that showed that the number takes none; null where it does",
    ),
    sa.Column(
        "unreachable_code",
        sa.Text,
        comment="The provider's error code for that; null where it takes texts",
    ),
    sa.CheckConstraint(
        "(unreachable_at IS NULL) = (unreachable_code IS NULL)", name="users_unreachable"
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
# ListUsers(unreachable) and GetIdentityStats: the few whose numbers cannot be texted.
sa.Index(
    "users_unreachable",
    users.c.user_id,
    postgresql_include=["unreachable_code"],
    postgresql_where=users.c.unreachable_at.is_not(None),
)

suppressed_numbers = sa.Table(
    "suppressed_numbers",
    metadata,
    sa.Column(
        "number_hash",
        sa.LargeBinary,
        nullable=False,
        comment="HMAC-SHA256 of the E.164 number under SUPPRESSION_KEY",
    ),
    sa.Column(
        "created_at",
        sa.DateTime(timezone=True),
        nullable=False,
        comment="When the person was erased",
    ),
    sa.Column(
        "updated_at", sa.DateTime(timezone=True), nullable=False, comment="Equals created_at"
    ),
    # ensure_users(): whether a new number is one of these
    sa.PrimaryKeyConstraint("number_hash", name="suppressed_numbers_pkey"),
    comment="Numbers of erased people who had opted out, as nobody can read them",
)

audit_records = audit_table(metadata)
