"""Every entry of the ledger has a source that is known: looked at without locking anybody out."""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Validate the check, in a transaction of its own."""
    op.execute("ALTER TABLE profile.consent_events VALIDATE CONSTRAINT consent_events_source")


def downgrade() -> None:
    """A check that was validated stays so."""
