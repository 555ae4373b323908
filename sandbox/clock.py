"""The time the stand-in providers stamp on what they make; it can be moved."""

import time

from sandbox.store import Store


class SandboxClock:
    """Real time plus an offset that is kept in the store, so that a restart stays in the same day.

    Only what a provider records is moved. Webhook retries, status pacing and the timestamp inside
    Stripe's signatures stay on real time, because their receivers are not moved with them.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._offset = float(store.recall("clock_offset") or 0.0)

    @property
    def offset_seconds(self) -> float:
        """How far ahead of real time the providers are, in seconds."""
        return self._offset

    def now(self) -> int:
        """The providers' time, in whole seconds since the epoch."""
        return int(time.time() + self._offset)

    def move_to(self, offset_seconds: float) -> None:
        """Set the offset from real time, in seconds, and remember it."""
        self._offset = offset_seconds
        self._store.remember("clock_offset", str(offset_seconds))

    def reset(self) -> None:
        """Return to real time."""
        self.move_to(0.0)
