"""One thing that needs a person."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class Level(IntEnum):
    """How much a concern matters."""

    FINE = 0
    LOOK = 1
    BAD = 2


@dataclass(frozen=True, slots=True)
class Concern:
    """One thing that needs a person, in words: what it is, ": ", and more about it."""

    level: Level
    text: str

    @property
    def title(self) -> str:
        """What it is, for the first line."""
        return self.text.partition(": ")[0]
