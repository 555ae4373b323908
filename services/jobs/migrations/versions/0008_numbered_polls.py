"""Of a worker's calls for jobs the newest counts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

SCHEMA = "jobs"


def upgrade() -> None:
    """Add the columns. What was handed out before it is as if that were long ago."""
    op.add_column(
        "worker_claims",
        sa.Column(
            "poll",
            sa.BigInteger,
            nullable=False,
            server_default="0",
            comment="The newest ClaimJobs call of the worker; 0 where it numbers none",
        ),
        schema=SCHEMA,
    )
    op.add_column(
        "worker_claims",
        sa.Column(
            "handed_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When it was handed jobs last",
        ),
        schema=SCHEMA,
    )


def downgrade() -> None:
    """Drop the columns."""
    op.drop_column("worker_claims", "handed_at", schema=SCHEMA)
    op.drop_column("worker_claims", "poll", schema=SCHEMA)
