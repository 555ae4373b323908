"""When what happened, to the millisecond: what the phone page shows of a text's way."""

import json
import time
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

from sandbox.store import Store

_KEPT: Final = 20_000


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that happened. `at` is real time, in seconds since the epoch."""

    reference: str
    what: str
    at: float
    facts: dict[str, Any]


class Trail:
    """Keeps the newest 20,000 moments, by what they are about: a provider's id or a request."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def note(self, reference: str, what: str, **facts: Any) -> None:
        """Keep that it happens now."""
        seq = self._store.execute(
            "INSERT INTO trail (reference, what, at, facts) VALUES (?, ?, ?, ?)",
            (reference, what, time.time(), json.dumps(facts)),
        )
        if seq % 1000 == 0:
            self._store.execute("DELETE FROM trail WHERE seq <= ?", (seq - _KEPT,))

    def of(self, references: Collection[str]) -> list[Moment]:
        """Everything that happened to any of these, in order."""
        rows = self._store.rows(
            "SELECT * FROM trail WHERE reference IN (SELECT value FROM json_each(?)) ORDER BY seq",
            (json.dumps(list(references)),),
        )
        return [
            Moment(row["reference"], row["what"], row["at"], json.loads(row["facts"]))
            for row in rows
        ]
