"""Plain text as sentences."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

MOST_SENTENCES: Final = 3
"""Of an answer (domain.md section 9)."""

_NO_END = "|".join(("Dr", "Mr", "Mrs", "Ms", "St", "vs", "etc", "a.m", "p.m", "e.g", "i.e"))
_WORD_BEFORE = re.compile(rf"\b(?:{_NO_END})\.$", re.IGNORECASE)
_END = re.compile(r"[.!?][.!?\"')]*\s+")


def sentences(text: str) -> Sequence[str]:
    """The sentences of a text, each with its mark; the last one may have none."""
    found: list[str] = []
    start = 0
    for end in _END.finditer(text):
        sentence = text[start : end.end()].strip()
        if not _WORD_BEFORE.search(sentence):
            found.append(sentence)
            start = end.end()
    rest = text[start:].strip()
    return [*found, rest] if rest else found


def is_question(sentence: str) -> bool:
    """Whether somebody is asked something."""
    return "?" in sentence


def brief(text: str) -> str:
    """Three sentences at most, and of questions the first alone."""
    kept: list[str] = []
    for sentence in sentences(text):
        if len(kept) == MOST_SENTENCES:
            break
        if not (is_question(sentence) and any(map(is_question, kept))):
            kept.append(sentence)
    return " ".join(kept)


def statements(text: str) -> str:
    """The text without its questions."""
    return " ".join(each for each in sentences(text) if not is_question(each))


def whole(text: str) -> str:
    """The text up to the end of its last whole sentence, "" where it has none."""
    found = sentences(text)
    if found and not re.search(r"[.!?][\"')]*$", found[-1]):
        found = found[:-1]
    return " ".join(found)
