"""People and open crises are counted without reading through them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

SCHEMA = "profile"


def upgrade() -> None:
    """Index what profile_stats() counts, without holding up those who write."""
    with op.get_context().autocommit_block():
        for name, table, columns, where in (
            ("by_journey_phase", "user_profiles", ["journey_phase"], None),
            ("contact_state_by_consent", "contact_state", ["sms_consent", "burnout_band"], None),
            ("contact_state_by_inbound", "contact_state", ["last_inbound_at"], None),
            ("crises_open_by_start", "crises", ["started_at"], sa.text("state = 'open'")),
        ):
            op.create_index(
                name,
                table,
                columns,
                schema=SCHEMA,
                postgresql_where=where,
                postgresql_concurrently=True,
                if_not_exists=True,
            )


def downgrade() -> None:
    """Drop the indexes."""
    op.drop_index("crises_open_by_start", "crises", schema=SCHEMA)
    op.drop_index("contact_state_by_inbound", "contact_state", schema=SCHEMA)
    op.drop_index("contact_state_by_consent", "contact_state", schema=SCHEMA)
    op.drop_index("by_journey_phase", "user_profiles", schema=SCHEMA)
