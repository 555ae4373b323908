"""Every text keeps to the rules of its admission: checked beside the traffic."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Reads the table and locks nobody out."""
    for name in ("messages_admission_known", "messages_admission_time"):
        op.execute(f"ALTER TABLE conversation.messages VALIDATE CONSTRAINT {name}")


def downgrade() -> None:
    """A constraint that was checked stays so."""
