"""Which senders are people."""

from __future__ import annotations

import phonenumbers

DEFAULT_REGION = "US"


def person_number(text: str) -> str | None:
    """The number in E.164 where a person can stand behind it, else None.

    Short codes and alphanumeric senders are not people. "Possible" and not "valid": test numbers
    such as +1 202 555 01xx are never valid (github.com/google/libphonenumber, FAQ).
    """
    try:
        number = phonenumbers.parse(text, DEFAULT_REGION)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
