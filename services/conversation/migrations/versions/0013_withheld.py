"""A text that was withheld says which gate was closed."""

from __future__ import annotations

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A comment alone."""
    _say("The provider''s error code, or the gate that withheld it; empty where none")


def downgrade() -> None:
    """As it was."""
    _say("The provider''s error code, empty where none")


def _say(comment: str) -> None:
    op.execute(f"COMMENT ON COLUMN conversation.messages.error_code IS '{comment}'")
