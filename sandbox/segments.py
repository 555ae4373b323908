"""How many segments a text is billed as, and in which encoding it travels.

GSM 03.38: 160 septets in one segment, 153 in each of several, extension characters take two.
Anything outside it makes the whole text UCS-2: 70 code units, or 67 in each of several, and neither
a surrogate pair nor an escaped character is split over two segments.
"""

from dataclasses import dataclass
from typing import Final, Literal

_BASIC: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED: Final = frozenset("\f^{}\\[~]|€")


@dataclass(frozen=True, slots=True)
class Segmentation:
    """The encoding of a text and the number of segments it needs (at least 1)."""

    encoding: Literal["GSM-7", "UCS-2"]
    segments: int


def segmentation(body: str) -> Segmentation:
    """Return how Twilio would cut `body` into SMS segments."""
    if all(char in _BASIC or char in _EXTENDED for char in body):
        units = [2 if char in _EXTENDED else 1 for char in body]
        return Segmentation("GSM-7", _count(units, single=160, part=153))
    units = [2 if ord(char) > 0xFFFF else 1 for char in body]
    return Segmentation("UCS-2", _count(units, single=70, part=67))


def _count(units: list[int], *, single: int, part: int) -> int:
    if sum(units) <= single:
        return 1
    segments, used = 1, 0
    for unit in units:
        if used + unit > part:
            segments, used = segments + 1, 0
        used += unit
    return segments
