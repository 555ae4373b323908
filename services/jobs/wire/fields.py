"""Fields that several requests have."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from google.protobuf.duration_pb2 import Duration

from kit.refusals import InvalidArgument
from services.jobs.settlement import code_of

MOST_ITEMS: Final = 1000


def check_count(items: Sequence[object], field: str, least: int = 1) -> None:
    """Raises InvalidArgument unless there are `least` to MOST_ITEMS of them."""
    if not least <= len(items) <= MOST_ITEMS:
        raise InvalidArgument(field, f"must hold {least} to {MOST_ITEMS} items")


def parse_text(text: str, field: str) -> str:
    """A text to select by. Raises InvalidArgument for what no text column can hold."""
    if "\0" in text:
        raise InvalidArgument(field, "must not hold NUL")
    return text


def parse_code(text: str, field: str) -> str:
    """A code or the name of a class, or nothing. Raises InvalidArgument."""
    if text and code_of(text) != text:
        raise InvalidArgument(field, "must be a code or the name of a class, not a sentence")
    return text


def parse_delay(message: Duration, field: str, longest: timedelta) -> timedelta:
    """A length of time. Raises InvalidArgument."""
    try:
        delay = message.ToTimedelta()
    except (ValueError, OverflowError):
        raise InvalidArgument(field, "must be a valid duration") from None
    if not timedelta(0) <= delay <= longest:
        raise InvalidArgument(field, f"must be 0 to {longest.total_seconds():.0f} s")
    return delay
