"""The phone numbers that we vouch for: what a model is told, what may be said."""

from __future__ import annotations

import re
from typing import Final

NUMBERS: Final = (
    ("988", "call or text, day and night, in a crisis"),
    ("741741", "text HOME, to text with a crisis counselor"),
    ("911", "an emergency, somebody in danger"),
    ("1-800-799-7233", "hurt or threatened by somebody at home"),
    ("211", "local help: respite care, costs, food"),
)
"""Number, and what for. 988lifeline.org, crisistextline.org, thehotline.org, 211.org."""

RESOURCES: Final = (
    "Call or text 988 any time, or text HOME to 741741. In danger: 911. "
    "Hurt by somebody: 1-800-799-7233; local help: 211."
)
"""All of them, as a text."""


def digits_of(number: str) -> str:
    """Its digits, without the country code of the United States."""
    digits = re.sub(r"\D", "", number)
    return digits[1:] if len(digits) == 11 and digits.startswith("1") else digits


ALLOWED: Final = frozenset(digits_of(number) for number, _ in NUMBERS)
"""By `digits_of`: whatever else looks like a phone number may not be said."""
