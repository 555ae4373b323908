"""How many SMS segments a text takes.

The alphabets are those of 3GPP TS 23.038, section 6.2.1; the counts those of Twilio's calculator
(https://www.twilio.com/docs/glossary/what-sms-character-limit).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

_GSM_BASIC: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_EXTENSION: Final = frozenset("\f^{}\\[~]|€")
_GSM: Final = _GSM_BASIC | _GSM_EXTENSION
# Units of a lone segment, and of each of several, which give room to a header.
_SEPTETS: Final = (160, 153)
_UTF16_UNITS: Final = (70, 67)


def is_gsm7(body: str) -> bool:
    """Whether every character is in the GSM 7-bit alphabet or its extension."""
    return _GSM.issuperset(body)


def segments_of(body: str) -> int:
    """SMS segments of a text, at least 1.

    In GSM-7 an extension character takes two septets; else the text goes as UTF-16, where a
    character beyond U+FFFF takes two units. Neither pair is split between segments.
    """
    if is_gsm7(body):
        extended = sum(map(body.count, _GSM_EXTENSION))
        if len(body) + extended <= _SEPTETS[0]:
            return 1
        return _packed((2 if c in _GSM_EXTENSION else 1 for c in body), *_SEPTETS)
    return _packed((2 if ord(c) > 0xFFFF else 1 for c in body), *_UTF16_UNITS)


def _packed(lengths: Iterable[int], alone: int, each: int) -> int:
    units = list(lengths)
    if sum(units) <= alone:
        return 1
    segments, room = 1, each
    for length in units:
        if length > room:
            segments, room = segments + 1, each
        room -= length
    return segments
