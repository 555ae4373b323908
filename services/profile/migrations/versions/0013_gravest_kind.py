"""An episode of crisis is shown as the gravest kind that was said in it, not the latest."""

from __future__ import annotations

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Say so of the column, and make it so of the open episodes, which are few."""
    _comment("Gravest kind of its crisis texts")
    op.execute(
        """
        UPDATE profile.crises
        SET kind = gravest.kind
        FROM (
            SELECT DISTINCT ON (text.crisis_id) text.crisis_id, text.kind
            FROM profile.crisis_texts AS text
            JOIN profile.crises USING (crisis_id)
            WHERE crises.state = 'open'
            ORDER BY text.crisis_id, array_position(ARRAY[
                'medical_emergency', 'suicide', 'harm_to_other',
                'abuse', 'third_person', 'passive_ideation'
            ], text.kind)
        ) AS gravest
        WHERE crises.crisis_id = gravest.crisis_id AND crises.kind <> gravest.kind
        """
    )


def downgrade() -> None:
    """The older version takes any kind; its next crisis text sets the kind anew."""
    _comment("Kind of the latest crisis text")


def _comment(words: str) -> None:
    op.execute(f"COMMENT ON COLUMN profile.crises.kind IS '{words}'")
