"""What columns are said to hold is what they hold."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

BEFORE = {
    "answer_count": "Answers of the assistant that were prepared",
    "summarized_until": "Event time of the newest of them; null without a summary",
}
AFTER = {
    "answer_count": "Answers of the assistant that were prepared, without those given up unsent",
    "summarized_until": "Event time of the newest of them; null where it is of none",
}


def upgrade() -> None:
    """Comments alone."""
    _say(AFTER)


def downgrade() -> None:
    """As they were."""
    _say(BEFORE)


def _say(comments: dict[str, str]) -> None:
    for column, comment in comments.items():
        op.execute(
            sa.text(f"COMMENT ON COLUMN conversation.conversation_state.{column} IS '{comment}'")
        )
