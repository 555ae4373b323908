"""Lengths of time as they are typed."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Final

from respite.commands.ending import Exit, fail

_LENGTH: Final = re.compile(r"([1-9]\d{0,4})(min|h|d)")
_UNITS: Final = {"min": "minutes", "h": "hours", "d": "days"}


def parse_length(typed: str, instead: str = "") -> timedelta:
    """30min, 2h or 1d; anything else ends the command. instead: what else may be typed."""
    match = _LENGTH.fullmatch(typed)
    if match is None:
        fail(f"{typed}: a length looks like 30min, 2h or 1d{instead}", Exit.USAGE)
    return timedelta(**{_UNITS[match[2]]: int(match[1])})
