# ruff: noqa: E501  (a rule is read as one line)
"""What may leave as an answer: plain short text that costs two segments at most, and says nothing
that could harm (domain.md section 9)."""

from __future__ import annotations

import re
import unicodedata

CAP = 320
"""Longest text in GSM-7 septets."""

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

_ALLOWED_NUMBERS = frozenset({"988", "741741", "911", "211", "18007997233", "8007997233"})

_NUMBER = re.compile(r"\+?\d[\d\s().\-]{5,}\d")
_SHORT_NUMBER = re.compile(r"\b(?:call|dial|text)\b[^\d.!?]{0,30}(\d{3,6})\b", re.IGNORECASE)
"""Too short to be told from other numbers, but for the word that asks to reach somebody there."""

_MARKDOWN = (
    (re.compile(r"```.*?(?:```|$)", re.DOTALL), " "),
    (re.compile(r"\[([^\]]*)\]\([^)]*\)"), r"\1"),
    (re.compile(r"^\s{0,3}(?:#{1,6}|[-*+]|\d+[.)])\s+", re.MULTILINE), ""),
    (re.compile(r"(\*\*|__|\*|`)(\S.*?)\1", re.DOTALL), r"\2"),
)

_FORBIDDEN = (
    re.compile(r"\b\d+(?:\.\d+)?\s?(?:mg|mcg|ml|milligrams?|units?|tablets?|pills?)\b", re.IGNORECASE),
    re.compile(r"\b(?:stop|skip|double|increase|decrease|lower|raise)\s+(?:taking\s+)?(?:\w+\s+){0,2}(?:dose|doses|dosage|medication|medications|meds|medicine|insulin)\b", re.IGNORECASE),
    re.compile(r"\byou (?:have|are suffering from|probably have|likely have) (?:clinical )?(?:depression|bipolar|ptsd|an? \w+ disorder)\b", re.IGNORECASE),
    re.compile(r"\bhipaa\b|\bi(?:'m| am) (?:a |your )?(?:licensed|certified|human|real person|nurse|doctor|therapist|counselor)\b", re.IGNORECASE),
    re.compile(r"\b(?:system prompt|my instructions are|as instructed)\b", re.IGNORECASE),
    re.compile(r"https?://|www\.", re.IGNORECASE),
)  # fmt: skip


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
    """True where the text holds nothing forbidden: no dose, diagnosis, credential, link, and no
    phone number but the ones we vouch for."""
    if any(rule.search(text) for rule in _FORBIDDEN):
        return False
    numbers = [found[0] for found in _NUMBER.finditer(text)]
    numbers += [found[1] for found in _SHORT_NUMBER.finditer(_NUMBER.sub(" ", text))]
    return all(re.sub(r"\D", "", number) in _ALLOWED_NUMBERS for number in numbers)


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
