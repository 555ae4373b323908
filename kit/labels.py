"""Values of metric labels that come from outside."""

from __future__ import annotations

from typing import Final

OTHER: Final = "other"


class FewValues:
    """Keeps the values of a label few: so many are told apart, whatever comes later is "other".

    Each value of a label is a time series for as long as the process lives, so nobody outside may
    make them up without end.
    """

    def __init__(self, most: int = 100) -> None:
        self._most = most
        self._known: set[str] = set()

    def __call__(self, value: str) -> str:
        """The value, or OTHER."""
        if value not in self._known:
            if len(self._known) >= self._most:
                return OTHER
            self._known.add(value)
        return value
