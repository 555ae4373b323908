"""A phone number that can be a person's."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import phonenumbers
from phonenumbers import PhoneNumberFormat, ValidationResult

from kit.refusals import InvalidArgument

MAXIMUM_LENGTH: Final = 40
# ITU-T E.164, section 6.2. phonenumbers calls longer ones of some countries possible.
MOST_DIGITS: Final = 15
SHOWN_DIGITS: Final = 4
# Digits and what people write between them. phonenumbers alone would also read letters (vanity
# numbers, "whatsapp:"), digits of other scripts and extensions, so that one spelling of a sender
# that is no person's becomes some stranger's number.
_WRITTEN: Final = re.compile(r"\s*\+?[0-9(][0-9 ().\-]*")


@dataclass(frozen=True, slots=True)
class PhoneNumber:
    """A number in E.164, such as "+12025550101"; made by `parse` alone."""

    e164: str

    @classmethod
    def parse(cls, text: str, default_region: str = "US") -> PhoneNumber:
        """The number that `text` writes, in E.164 or as dialled inside `default_region`.

        It must be possible, not assigned: the numbers set aside for tests (+1 202 555 01xx) are
        possible and never valid. Short codes, names and local numbers without an area code are not
        people. Raises InvalidArgument naming `phone_number`.
        """
        if len(text) > MAXIMUM_LENGTH or not _WRITTEN.fullmatch(text):
            raise InvalidArgument("phone_number", "must be digits in E.164, such as +12025550101")
        return cls(_e164(text, default_region))

    @property
    def masked(self) -> str:
        """Its last four digits alone, "********0101", as lists show it."""
        return "*" * (len(self.e164) - SHOWN_DIGITS) + self.e164[-SHOWN_DIGITS:]


@lru_cache(maxsize=16_384)
def _e164(text: str, default_region: str) -> str:
    """Remembers the numbers of those who write: reading one takes phonenumbers tens of µs."""
    try:
        number = phonenumbers.parse(text, default_region)
    except phonenumbers.NumberParseException:
        raise InvalidArgument("phone_number", "is not a phone number") from None
    possible = phonenumbers.is_possible_number_with_reason(number)
    # is_possible_number() would also take IS_POSSIBLE_LOCAL_ONLY, which nobody can text.
    if possible != ValidationResult.IS_POSSIBLE:
        raise InvalidArgument("phone_number", "cannot be a person's phone number")
    written: str = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    if len(written) > len("+") + MOST_DIGITS:
        raise InvalidArgument("phone_number", f"must have at most {MOST_DIGITS} digits")
    return written
