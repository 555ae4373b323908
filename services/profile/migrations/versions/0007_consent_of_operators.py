"""An operator's word is a source of consent too."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

SCHEMA = "profile"
_BEFORE = "'word', 'opt_out_type', 'send_error', 'status_error'"


def upgrade() -> None:
    """Widen the check without reading the ledger; the next version validates it."""
    _replace_check(f"{_BEFORE}, 'operator'")


def downgrade() -> None:
    """Narrow it again; what operators said stays, and is only out of its sight."""
    _replace_check(_BEFORE)


def _replace_check(sources: str) -> None:
    # its successor stands before anybody else sees the table
    op.execute(
        "-- squawk-ignore ban-drop-constraint\n"
        "ALTER TABLE profile.consent_events DROP CONSTRAINT consent_events_source"
    )
    op.create_check_constraint(
        "consent_events_source",
        "consent_events",
        sa.text(f"source IN ({sources})"),
        schema=SCHEMA,
        postgresql_not_valid=True,
    )
