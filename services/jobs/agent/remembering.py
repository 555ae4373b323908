# ruff: noqa: E501  (a rule is read as one line)
"""What of a summary is kept. A model wrote it from what somebody said, so it is trusted no more than
that: it is looked through before it is stored, and again whenever it is used."""

from __future__ import annotations

import re
from typing import Final

from services.jobs.agent.forbidden import objection
from services.jobs.agent.guardrails import plain
from services.jobs.agent.sentences import sentences

LONGEST: Final = 2_000
"""Characters: about 500 tokens of English (domain.md section 9), of which four make a token."""

TOLD: Final = frozenset({"diagnosis", "medicine"})
"""What an answer may not say and people do tell of those they care for: she has dementia."""

_ORDERS: Final = re.compile(
    r"\b(?:ignore|disregard|forget|override|bypass)\b.{0,60}\b(?:instructions?|rules?|prompts?|previous|above|guidelines?)\b"
    r"|\b(?:system|developer) (?:prompt|message|note|rule)s?\b|\[?\b(?:system|assistant|developer)\]? ?[:\]]"
    r"|\b(?:you|the assistant|the ai|the model) (?:are|is) now\b|\b(?:you|the assistant|the ai|the model) (?:must|shall|has to|have to|will now)\b"
    r"|\bfrom now on\b|\bnew (?:rules?|instructions?)\b|\b(?:always|never) (?:answer|reply|say|tell|send|text|reveal)\b",
    re.IGNORECASE,
)


def kept(summary: str) -> str:
    """The sentences of a summary that may be remembered, as many of them as there is room for.

    Left out are those that give orders, and those that say what no answer may say, but for what
    people tell of an illness: a number or a dose is asked for again rather than remembered wrongly.
    """
    room = LONGEST
    remembered: list[str] = []
    for sentence in sentences(plain(summary[: 4 * LONGEST])):
        if _ORDERS.search(sentence) or objection(sentence, told=TOLD):
            continue
        room -= len(sentence) + 1
        if room < 0:
            break
        remembered.append(sentence)
    return " ".join(remembered)
