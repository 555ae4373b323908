"""What people may say of themselves: an address, a name."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Final

from kit.refusals import InvalidArgument

MAXIMUM_EMAIL_LENGTH: Final = 254  # RFC 5321, section 4.5.3.1.3, without the angle brackets
MAXIMUM_NAME_LENGTH: Final = 200


@dataclass(frozen=True, slots=True)
class Email:
    """An address as given, or "" to forget it; made by `parse` alone."""

    text: str

    @classmethod
    def parse(cls, text: str) -> Email:
        """Raises InvalidArgument naming `user.email` for what no mail server could take."""
        local, at, domain = text.rpartition("@")
        written = bool(local and at and domain) and not any(map(str.isspace, text))
        written = written and not _has_controls(text)
        if text and (not written or len(text) > MAXIMUM_EMAIL_LENGTH):
            raise InvalidArgument("user.email", "must be an address, or empty to forget it")
        return cls(text)


@dataclass(frozen=True, slots=True)
class Name:
    """A name as given, or "" to forget it; made by `parse` alone."""

    text: str

    @classmethod
    def parse(cls, text: str) -> Name:
        """Raises InvalidArgument naming `user.name` for control characters and excess length."""
        if len(text) > MAXIMUM_NAME_LENGTH or _has_controls(text):
            raise InvalidArgument(
                "user.name", f"must be one line of at most {MAXIMUM_NAME_LENGTH} characters"
            )
        return cls(text)


def _has_controls(text: str) -> bool:
    """Control characters and line ends; joiners (Cf) stay, names of many scripts need them."""
    return any(unicodedata.category(character) in {"Cc", "Zl", "Zp"} for character in text)
