"""The time the stand-in providers stamp on what they make; it can be moved."""

import time

from sandbox.line import LineClock, LineUnreachable
from sandbox.store import Store


class SandboxClock:
    """Real time plus an offset that is kept in the store, so that a restart stays in the same day.

    What a provider records is moved, and with it the clock of the line, where it has one that goes
    with this. Webhook retries, status pacing and the timestamp inside Stripe's signatures stay on
    real time, as the queue and the gateway do.
    """

    def __init__(self, store: Store, line: LineClock | None = None) -> None:
        self._store = store
        self._line = line
        self.set(float(store.recall("clock_offset") or 0.0))

    @property
    def offset_seconds(self) -> float:
        """How far ahead of real time the providers are, in seconds."""
        return self._offset

    @property
    def moves_the_line(self) -> bool:
        """Whether the line's clock goes with this one."""
        return self._line is not None

    def now(self) -> int:
        """The providers' time, in whole seconds since the epoch."""
        return int(time.time() + self._offset)

    def set(self, offset_seconds: float) -> None:
        """Set the offset from real time, in seconds, and remember it. The queue stays as it is."""
        self._offset = offset_seconds
        self._store.remember("clock_offset", str(offset_seconds))
        if self._line is not None:
            self._line.move_to(offset_seconds)

    async def move_to(self, offset_seconds: float) -> None:
        """The same; where that is forward, what the line does later is due so much earlier.

        First the clock, at which whatever becomes due looks, or it would be put off again. Raises
        LineUnreachable, and the clock is as it was.
        """
        before = self._offset
        self.set(offset_seconds)
        if self._line is None or offset_seconds <= before:
            return
        try:
            await self._line.bring_forward(offset_seconds - before)
        except LineUnreachable:
            self.set(before)
            raise

    def reset(self) -> None:
        """Return to real time."""
        self.set(0.0)
