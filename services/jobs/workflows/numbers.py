"""Which senders are people."""

from __future__ import annotations

import re

import phonenumbers
from phonenumbers import ValidationResult

DEFAULT_REGION = "US"

MOST_DIGITS = 15
"""ITU-T E.164, section 6.2, as identity has it: phonenumbers calls longer ones possible."""

# Digits and what people write between them, as identity takes them. phonenumbers alone would also
# read letters as the keys they are on: "INFO5550101" and "whatsapp:+1…" would be some stranger's.
_WRITTEN = re.compile(r"\s*\+?[0-9(][0-9 ().\-]*")


def person_number(text: str) -> str | None:
    """The number in E.164 where a person can stand behind it, else None.

    Short codes and alphanumeric senders are not people. "Possible" and not "valid": test numbers
    such as +1 202 555 01xx are never valid (github.com/google/libphonenumber, FAQ). A number that
    can be dialled only from nearby, without its area code, reaches nobody from here.
    """
    if not _WRITTEN.fullmatch(text):
        return None
    try:
        number = phonenumbers.parse(text, DEFAULT_REGION)
    except phonenumbers.NumberParseException:
        return None
    if phonenumbers.is_possible_number_with_reason(number) != ValidationResult.IS_POSSIBLE:
        return None
    written = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return written if len(written) <= len("+") + MOST_DIGITS else None
