"""What may leave as an answer: plain short text that costs two segments at most, and says nothing
that could harm (domain.md section 9)."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from services.jobs.agent.forbidden import objection
from services.jobs.agent.sentences import brief

CAP = 320
"""Longest text in GSM-7 septets."""

MOST_CHARACTERS: Final = 4_000
"""Of what is looked at; no answer of this length is sent anyway."""

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    "ÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("^{}\\[~]|€")
"""3GPP TS 23.038, section 6.2.1: the second table costs two septets a character."""

_TYPOGRAPHIC = str.maketrans(
    {
        "‘": "'", "’": "'", "‚": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"',
        "–": "-", "—": "-", "―": "-", "‑": "-", "−": "-", "…": "...", "•": "-", "·": "-",
        "\u00a0": " ", "\u2009": " ", "\u202f": " ", "\t": " ", "`": "'", "´": "'",
    }
)  # fmt: skip

_MARKDOWN = (
    (re.compile(r"```.*?(?:```|$)", re.DOTALL), " "),
    (re.compile(r"\[([^\]]*)\]\([^)]*\)"), r"\1"),
    (re.compile(r"^\s{0,3}(?:#{1,6}|[-*+]|\d+[.)])\s+", re.MULTILINE), ""),
    (re.compile(r"(\*\*|__|\*|`)(\S.*?)\1", re.DOTALL), r"\2"),
)


def septets(text: str) -> int:
    """Length in GSM-7 septets of a text that `plain` has made."""
    return sum(2 if each in _EXTENDED else 1 for each in text)


def plain(text: str) -> str:
    """The text without markdown, emoji and whatever else GSM-7 lacks, on one line."""
    for pattern, words in _MARKDOWN:
        text = pattern.sub(words, text)
    text = text.translate(_TYPOGRAPHIC)
    return " ".join("".join(map(_gsm, text)).split())


def _gsm(char: str) -> str:
    if char in _BASIC or char in _EXTENDED:
        return char
    bare = unicodedata.normalize("NFKD", char)[:1]
    return bare if bare in _BASIC else ""


def is_safe(text: str) -> bool:
    """True where the text holds nothing that `forbidden` objects to."""
    return not objection(text)


def speakable(words: str) -> tuple[str, str]:
    """What of a model's words may be sent, and why nothing may.

    The body is plain, three sentences with one question at most, and "" where the reason is given:
    "empty", or a rule of `forbidden`.
    """
    body = plain(words[:MOST_CHARACTERS])
    reason = objection(body) if any(map(str.isalnum, body)) else "empty"
    return ("", reason) if reason else (brief(body), "")


def fit(body: str, *, before: str = "", after: str = "", cap: int = CAP) -> str:
    """The body between what has to stand before and after it, cut at a sentence to fit the cap."""
    room = cap - septets(before) - septets(after)
    return before + _cut(body, room) + after


def _cut(body: str, room: int) -> str:
    if septets(body) <= room:
        return body
    kept = body[: _longest(body, room - 3)]
    sentence = max(kept.rfind(end) for end in (". ", "! ", "? "))
    if sentence > len(kept) // 3:
        return kept[: sentence + 1]
    return kept.rsplit(" ", 1)[0] + "..."


def _longest(text: str, room: int) -> int:
    """How many of its characters fit."""
    taken = 0
    for count, char in enumerate(text):
        taken += septets(char)
        if taken > room:
            return count
    return len(text)
