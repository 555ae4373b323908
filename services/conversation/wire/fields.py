"""Fields that several requests have."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from kit.ids import parse_uuid
from kit.refusals import InvalidArgument

LONGEST_KEY: Final = 200
# The provider joins an inbound text to at most 1,600 of its characters, each of them no more than
# two code points. What is longer is no text message.
LONGEST_INBOUND: Final = 4000
MOST_IDS: Final = 100
_SID: Final = re.compile(r"[!-~]{1,64}")
_ERROR_CODE: Final = re.compile(r"[!-~]{0,32}")


def parse_key(text: str, field: str) -> str:
    """A request key or a token. Raises InvalidArgument for none, a long one, or one with NUL."""
    if not 1 <= len(text) <= LONGEST_KEY or "\0" in text:
        raise InvalidArgument(field, f"must have 1 to {LONGEST_KEY} characters, none of them NUL")
    return text


def parse_sid(text: str) -> str:
    """The provider's id of a text. Raises InvalidArgument naming `provider_sid`."""
    if not _SID.fullmatch(text):
        raise InvalidArgument("provider_sid", "must have 1 to 64 visible ASCII characters")
    return text


def parse_error_code(text: str) -> str:
    """The provider's code or a gate, "" for none. Raises InvalidArgument naming `error_code`."""
    if not _ERROR_CODE.fullmatch(text):
        raise InvalidArgument("error_code", "must have at most 32 visible ASCII characters")
    return text


def parse_ids(texts: Sequence[str], field: str) -> frozenset[UUID]:
    """Ids of texts, each once. Raises InvalidArgument naming `field`."""
    if len(texts) > MOST_IDS:
        raise InvalidArgument(field, f"must name at most {MOST_IDS} texts")
    return frozenset(parse_uuid(text, field) for text in texts)


def parse_body(field: str, text: str, shortest: int, longest: int) -> str:
    """A text of so many characters. Raises InvalidArgument naming `field`."""
    if not shortest <= len(text) <= longest:
        raise InvalidArgument(field, f"must have {shortest} to {longest} characters")
    if "\0" in text:
        raise InvalidArgument(field, "must not hold the character NUL")
    return text
