"""Dropping history in many short transactions."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final

from kit.database import Database
from services.jobs.model.history import (
    Prune,
    count_strays,
    drop_day,
    make_days,
    prune_errors,
    prune_keys,
    prune_strays,
)

# Seconds that one call may take, of the 5 that its caller waits.
PATIENCE: Final = 1.0


@dataclass(frozen=True, slots=True)
class Pruned:
    """What was dropped, and what there is besides: see PruneHistoryResponse."""

    days: int
    keys: int
    errors: int
    strays: int
    more: bool


def prune_history(database: Database, patience: float = PATIENCE) -> Pruned:
    """Drops what was kept long enough, for so many seconds. Raises StoreUnavailable."""
    deadline = time.monotonic() + patience
    database.transact(make_days)
    days = 0
    while database.transact(drop_day):
        days += 1
    keys, keys_left = _go_through(database, prune_keys, deadline)
    errors, errors_left = _go_through(database, prune_errors, deadline)
    _, strays_left = _go_through(database, prune_strays, deadline)
    with database.reader() as db:
        strays = count_strays(db)
    return Pruned(days, keys, errors, strays, keys_left or errors_left or strays_left)


def _go_through(database: Database, prune: Prune, deadline: float) -> tuple[int, bool]:
    """How many rows it dropped, and whether there is more to look at."""
    pruned, after = 0, 0
    while True:
        portion = database.transact(lambda db, after=after: prune(db, after))  # type: ignore[misc]
        pruned += portion.pruned
        after = portion.last
        if not portion.more or time.monotonic() > deadline:
            return pruned, portion.more
