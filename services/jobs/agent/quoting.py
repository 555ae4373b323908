"""What people wrote, on its way to the model: words to be read, never a way to give orders.

The person's texts, names and summary reach the model as content of the conversation, with no tool
but on the person's own data and with every answer checked (forbidden.py). What is taken out here
are the marks by which a text could pass for another part of the conversation.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

from services.jobs.agent.turn import Line

LONGEST_TEXT: Final = 1_600
"""Of one text: what a carrier joins to one message."""

LONGEST_TURN: Final = 8_000
"""Of all texts of a turn, and as much again of what was said before."""

LONGEST_FACT: Final = 60

# "<|im_start|>", "<|system|>", "[INST]": marks of the formats in which models read conversations.
_MARKS: Final = re.compile(r"<\|[^|>]{0,40}\|>|\[/?(?:INST|SYS)\]|<</?SYS>>", re.IGNORECASE)
_KEPT_CONTROLS: Final = frozenset("\n\t")
# Zero-width joiners make emoji of several; whatever else is invisible is there to hide words.
_KEPT_FORMATS: Final = frozenset("\u200c\u200d")


def heard(text: str) -> str:
    """One text as the model reads it: no invisible characters, no marks, not endless."""
    seen = "".join(character for character in text[:LONGEST_TEXT] if _is_seen(character))
    return _MARKS.sub(" ", seen)


def _is_seen(character: str) -> bool:
    match unicodedata.category(character):
        case "Cc":
            return character in _KEPT_CONTROLS
        case "Cf":
            return character in _KEPT_FORMATS
        case "Cs" | "Co" | "Cn":
            return False
    return True


def quoted(fact: str) -> str:
    """A name or such, on one short line."""
    return " ".join(heard(fact).split())[:LONGEST_FACT]


def newest(texts: Sequence[str]) -> list[str]:
    """The texts as heard, without the oldest of a turn that is too long; the last one always."""
    kept: list[str] = []
    room = LONGEST_TURN
    for text in reversed([heard(each) for each in texts]):
        room -= len(text)
        if kept and room < 0:
            break
        kept.append(text)
    return kept[::-1]


def newest_lines(lines: Sequence[Line]) -> list[Line]:
    """The same for the transcript."""
    texts = newest([line.text for line in lines])
    return [
        Line(line.ours, text)
        for line, text in zip(lines[len(lines) - len(texts) :], texts, strict=True)
        if text.strip()
    ]
