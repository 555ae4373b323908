"""What is kept of jobs that ended, and for how long.

Finished jobs go by the day, 14 days after it; their errors go with them. A key is known until 30
days after the end of its job. Dead jobs and live ones keep everything.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from kit.database import DbReader, DbWriter
from services.jobs.sql import statement

# Rows looked at in one transaction.
PORTION: Final = 2000


@dataclass(frozen=True, slots=True)
class Portion:
    """A part of a table that was gone through.

    pruned: rows dropped. last: where the next part begins. more: whether one is worth a look.
    """

    pruned: int
    last: int
    more: bool


Prune = Callable[[DbWriter, int], Portion]


def make_days(db: DbWriter) -> int:
    """Makes those of today and the next 14 days ready that are missing; how many."""
    made: int = db.scalar(sa.select(sa.func.jobs.make_finished_days()))
    return made


def drop_day(db: DbWriter) -> bool:
    """Drops the oldest day of finished jobs that has been kept long enough; False: there is none.

    Waits a fifth of a second at most for whoever uses the table, and is then to be tried again.
    """
    return db.scalar(sa.select(sa.func.jobs.drop_finished_day())) is not None


def prune_keys(db: DbWriter, after: int) -> Portion:
    """Forgets old keys among the next ones. after: id of the last job that was looked at."""
    return _prune(db, "prune_keys", after)


def prune_errors(db: DbWriter, after: int) -> Portion:
    """Drops errors of jobs that are gone, among the next ones. after: the last looked at."""
    return _prune(db, "prune_errors", after)


def prune_strays(db: DbWriter, after: int) -> Portion:
    """Drops old ones of the finished jobs whose day was missing when they ended."""
    pruned = db.execute(statement("prune_strays"), {"portion": PORTION})
    return Portion(pruned, after, pruned == PORTION)


def count_strays(db: DbReader) -> int:
    """How many finished jobs stand outside of any day, counted up to a thousand."""
    strays: int = db.scalar(statement("strays"))
    return strays


def _prune(db: DbWriter, name: str, after: int) -> Portion:
    [row] = db.rows(statement(name), {"after": after, "portion": PORTION})
    return Portion(row.pruned, after if row.last is None else row.last, bool(row.more))
