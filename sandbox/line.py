"""The line that is texted, as far as its clock goes with that of its providers."""

from typing import Protocol


class LineClock(Protocol):
    """The clock of a development stack."""

    def move_to(self, offset_seconds: float) -> None:
        """The line's time is so far ahead of real time from now on."""
        ...

    async def bring_forward(self, seconds: float) -> None:
        """What the line does later is due so much earlier. Raises LineUnreachable."""
        ...


class LineUnreachable(Exception):
    """The line cannot be told right now; nothing was brought forward."""
