"""A page whose place another takes is given up before Stripe has closed it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

SCHEMA = "billing"
TABLE = "checkout_pages"
UPDATED = "The same, or closed_at"


def upgrade() -> None:
    """Add the moment. Of before none is known: those that are open stand side by side until the
    next is made, or one of them is asked for again."""
    op.add_column(
        TABLE,
        sa.Column(
            "replaced_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When another took its place: it is handed out no more, and to be closed;"
            " else null",
        ),
        schema=SCHEMA,
    )
    op.alter_column(
        TABLE, "updated_at", comment="The same, replaced_at or closed_at", schema=SCHEMA
    )


def downgrade() -> None:
    """Drop it."""
    op.alter_column(TABLE, "updated_at", comment=UPDATED, schema=SCHEMA)
    op.drop_column(TABLE, "replaced_at", schema=SCHEMA)
