"""Which texts of people were let through to be answered, and when."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SCHEMA = "conversation"
# By name: what the constraint says.
_CHECKS = {
    "messages_admission_known": (
        "admission IN ('admitted', 'told_of_minute', 'told_of_day', 'limited')"
    ),
    "messages_admission_time": "(admission IS NULL) = (admission_at IS NULL)",
}


def upgrade() -> None:
    """Two columns that rewrite no row; the index is built beside the traffic."""
    op.add_column(
        "messages",
        sa.Column(
            "admission", sa.Text, comment="Inbound: whether its person's limits let it be answered"
        ),
        schema=SCHEMA,
    )
    op.add_column(
        "messages",
        sa.Column(
            "admission_at",
            sa.DateTime(timezone=True),
            comment="Inbound: when that was decided",
        ),
        schema=SCHEMA,
    )
    for name, rule in _CHECKS.items():
        op.create_check_constraint(name, "messages", rule, schema=SCHEMA, postgresql_not_valid=True)
    with op.get_context().autocommit_block():
        op.create_index(
            "messages_admission",
            "messages",
            ["user_id", "admission_at"],
            schema=SCHEMA,
            if_not_exists=True,
            postgresql_concurrently=True,
            postgresql_where=sa.text("admission IN ('admitted', 'told_of_minute', 'told_of_day')"),
        )


def downgrade() -> None:
    """Drop them."""
    op.drop_index("messages_admission", "messages", schema=SCHEMA)
    op.drop_column("messages", "admission_at", schema=SCHEMA)
    op.drop_column("messages", "admission", schema=SCHEMA)
