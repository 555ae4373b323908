"""The tables of the schema `identity`."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from kit.audit import audit_table
from kit.table_parts import moment, text

SCHEMA: Final = "identity"
metadata = sa.MetaData(schema=SCHEMA)

users = sa.Table(
    "users",
    metadata,
    sa.Column("user_id", sa.Uuid, primary_key=True, comment="UUIDv7: pages run oldest first by it"),
    text("phone_number", "E.164; one person is one number"),
    text("email", "As given; empty where unknown"),
    text("name", "As given; empty where unknown"),
    sa.Column(
        "roles",
        ARRAY(sa.Text),
        nullable=False,
        comment="What the person may do as an operator: support, admin; almost always empty",
    ),
    moment("created_at", "When the number first appeared"),
    moment("updated_at", "When a column last changed its value"),
    moment("erasing_at", "Since when they are being erased; else null", nullable=True),
    sa.Column(
        "suppressed",
        sa.Boolean,
        nullable=False,
        server_default=sa.false(),
        comment="The number was suppressed when it appeared again: no texts until an opt-in",
    ),
    moment(
        "unreachable_at",
        "When a text began that showed that the number takes none; null where it does",
        nullable=True,
    ),
    text(
        "unreachable_code",
        "The provider's error code for that; null where it takes texts",
        nullable=True,
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
    moment("created_at", "When the person was erased"),
    moment("updated_at", "Equals created_at"),
    # ensure_users(): whether a new number is one of these
    sa.PrimaryKeyConstraint("number_hash", name="suppressed_numbers_pkey"),
    comment="Numbers of erased people who had opted out, as nobody can read them",
)

audit_records = audit_table(metadata)
