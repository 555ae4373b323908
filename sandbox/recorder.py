"""What was asked of each stand-in provider, for tests that count calls."""

import json
import time
from collections.abc import Mapping
from typing import Any, Final

from sandbox.store import Store
from sandbox.trail import Trail

_KEPT: Final = 10_000


class Recorder:
    """Keeps the newest 10,000 requests whole, and a count of all of them by route."""

    def __init__(self, store: Store, trail: Trail) -> None:
        self._store = store
        self._trail = trail

    def record(
        self, provider: str, method: str, route: str, path: str, params: Mapping[str, Any]
    ) -> int:
        """Note a request as it arrives and return its number; `route` is the path's template."""
        with self._store.transaction():
            seq = self._store.execute(
                "INSERT INTO requests (provider, method, route, path, params, at)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (provider, method, route, path, json.dumps(params), time.time()),
            )
            self._store.execute(
                "INSERT INTO request_counts (provider, route, n) VALUES (?, ?, 1)"
                " ON CONFLICT (provider, route) DO UPDATE SET n = n + 1",
                (provider, f"{method} {route}"),
            )
            if seq % 1000 == 0:
                self._store.execute("DELETE FROM requests WHERE seq <= ?", (seq - _KEPT,))
        return seq

    def answered(self, seq: int, status: int | None) -> None:
        """Note the HTTP status a request got; None says that the connection was dropped."""
        with self._store.transaction():
            self._store.execute("UPDATE requests SET status = ? WHERE seq = ?", (status, seq))
            self._trail.note(f"request:{seq}", "answered", status=status)

    def requests(self, provider: str | None) -> list[dict[str, Any]]:
        """Return the kept requests, oldest first, of one provider or of all."""
        rows = self._store.rows(
            "SELECT * FROM requests WHERE provider = coalesce(?, provider) ORDER BY seq",
            (provider,),
        )
        return [{**dict(row), "params": json.loads(row["params"])} for row in rows]

    def counts(self, provider: str | None) -> dict[str, dict[str, int]]:
        """Return how often each `METHOD route` was called, by provider."""
        counted: dict[str, dict[str, int]] = {}
        for row in self._store.rows(
            "SELECT * FROM request_counts WHERE provider = coalesce(?, provider)", (provider,)
        ):
            counted.setdefault(row["provider"], {})[row["route"]] = row["n"]
        return counted
