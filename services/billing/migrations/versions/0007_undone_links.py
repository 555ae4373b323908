"""A link of a customer to a person can be undone, and stays so."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

SCHEMA = "billing"
TABLE = "undone_links"
WHOSE = "Whose it is; null while unlinked"


def upgrade() -> None:
    """Make the table."""
    moment = sa.DateTime(timezone=True)
    op.create_table(
        TABLE,
        sa.Column(
            "stripe_customer_id", sa.Text, nullable=False, comment="cus_…, as Stripe names it"
        ),
        sa.Column("user_id", sa.Uuid, nullable=False, comment="Who the customer is not"),
        sa.Column("created_at", moment, nullable=False, comment="When an operator said so"),
        sa.Column("updated_at", moment, nullable=False, comment="Equals created_at: never changed"),
        sa.PrimaryKeyConstraint("stripe_customer_id", "user_id", name="undone_links_by_customer"),
        schema=SCHEMA,
        comment="Links of a customer to a person that an operator has undone: nothing makes them"
        " anew",
    )
    op.create_index("undone_links_by_user", TABLE, ["user_id"], schema=SCHEMA)
    op.alter_column("billing_accounts", "user_id", comment=WHOSE, schema=SCHEMA)


def downgrade() -> None:
    """Drop it."""
    op.alter_column(
        "billing_accounts",
        "user_id",
        comment="Whose it is, for good; null while unlinked",
        schema=SCHEMA,
    )
    op.drop_table(TABLE, schema=SCHEMA)
