"""The table of the toy service."""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData(schema="parcels")
parcels = sa.Table(
    "parcels",
    metadata,
    sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
    postgresql_partition_by="RANGE (id)",
)
