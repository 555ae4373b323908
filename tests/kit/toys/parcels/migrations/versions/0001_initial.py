"""The first table, partitioned, and a function."""

from __future__ import annotations

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "CREATE TABLE parcels.parcels (id bigint NOT NULL, PRIMARY KEY (id))"
        " PARTITION BY RANGE (id)"
    )
    op.execute("CREATE TABLE parcels.parcels_first PARTITION OF parcels.parcels DEFAULT")
    op.execute(
        "CREATE FUNCTION parcels.lose() RETURNS void LANGUAGE sql SECURITY DEFINER"
        " AS 'DELETE FROM parcels.parcels'"
    )
