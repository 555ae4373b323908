"""The statements of the queue, a file each.

They are sent as text, never prepared: each plan is made for its own arguments, so no generic plan
can grow old with the tables, and a pooler in transaction mode has nothing to lose.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from sqlalchemy import TextClause, text


@cache
def statement(name: str) -> TextClause:
    """The statement in `<name>.sql`."""
    return text((Path(__file__).parent / f"{name}.sql").read_text(encoding="utf-8"))
