"""Numbers that cannot be texted are marked, with the time and the provider's reason."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

SCHEMA = "identity"


def upgrade() -> None:
    """Add the mark, which rewrites no user, and its index, without holding up those who write."""
    op.add_column(
        "users",
        sa.Column(
            "unreachable_at",
            sa.DateTime(timezone=True),
            comment="When a text began that showed that the number takes none; null where it does",
        ),
        schema=SCHEMA,
    )
    op.add_column(
        "users",
        sa.Column(
            "unreachable_code",
            sa.Text,
            comment="The provider's error code for that; null where it takes texts",
        ),
        schema=SCHEMA,
    )
    op.create_check_constraint(
        "users_unreachable",
        "users",
        "(unreachable_at IS NULL) = (unreachable_code IS NULL)",
        schema=SCHEMA,
        postgresql_not_valid=True,
    )
    with op.get_context().autocommit_block():
        op.create_index(
            "users_unreachable",
            "users",
            ["user_id"],
            schema=SCHEMA,
            if_not_exists=True,
            postgresql_concurrently=True,
            postgresql_include=["unreachable_code"],
            postgresql_where=sa.text("unreachable_at IS NOT NULL"),
        )


def downgrade() -> None:
    """Drop them."""
    op.drop_index("users_unreachable", "users", schema=SCHEMA)
    op.drop_column("users", "unreachable_code", schema=SCHEMA)
    op.drop_column("users", "unreachable_at", schema=SCHEMA)
