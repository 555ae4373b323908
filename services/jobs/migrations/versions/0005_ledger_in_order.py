"""Old keys are found without reading through the ledger."""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

SCHEMA = "jobs"


def upgrade() -> None:
    """Index the ledger by job, without holding up those who store jobs."""
    with op.get_context().autocommit_block():
        op.create_index(
            "job_keys_by_job",
            "job_keys",
            ["job_id"],
            schema=SCHEMA,
            postgresql_concurrently=True,
            if_not_exists=True,
        )


def downgrade() -> None:
    """Drop the index."""
    op.drop_index("job_keys_by_job", "job_keys", schema=SCHEMA)
