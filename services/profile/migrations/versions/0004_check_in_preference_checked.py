"""Every row holds a preference that is known: looked at without locking anybody out."""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Validate the check, in a transaction of its own."""
    op.execute(
        "ALTER TABLE profile.user_profiles VALIDATE CONSTRAINT user_profiles_check_in_preference"
    )


def downgrade() -> None:
    """A check that was validated stays so."""
