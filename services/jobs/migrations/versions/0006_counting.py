"""Jobs of a type are counted and listed without reading through those of others."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

SCHEMA = "jobs"


def upgrade() -> None:
    """Index scheduled and blocked jobs by type, without holding up those who store jobs."""
    with op.get_context().autocommit_block():
        op.create_index(
            "scheduled_jobs_by_type",
            "scheduled_jobs",
            ["type", "id"],
            schema=SCHEMA,
            postgresql_concurrently=True,
            if_not_exists=True,
        )
        op.create_index(
            "jobs_blocked_by_type",
            "jobs",
            ["type", "id"],
            schema=SCHEMA,
            postgresql_where=sa.text("blocked"),
            postgresql_concurrently=True,
            if_not_exists=True,
        )


def downgrade() -> None:
    """Drop the indexes."""
    op.drop_index("jobs_blocked_by_type", "jobs", schema=SCHEMA)
    op.drop_index("scheduled_jobs_by_type", "scheduled_jobs", schema=SCHEMA)
