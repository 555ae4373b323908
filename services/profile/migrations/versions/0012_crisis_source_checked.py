"""Every row holds a source that is known: looked at without locking anybody out."""

from __future__ import annotations

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Validate the checks, in a transaction of their own."""
    op.execute("ALTER TABLE profile.crises VALIDATE CONSTRAINT crises_source")
    op.execute("ALTER TABLE profile.crisis_texts VALIDATE CONSTRAINT crisis_texts_source")


def downgrade() -> None:
    """A check that was validated stays so."""
