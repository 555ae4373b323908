"""A claimed job stays on its page."""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Leave room for the version of each row that a claim makes; of pages that are filled from now
    on."""
    op.execute("ALTER TABLE jobs.jobs SET (fillfactor = 45)")


def downgrade() -> None:
    """Fill them as before."""
    op.execute("ALTER TABLE jobs.jobs SET (fillfactor = 60)")
