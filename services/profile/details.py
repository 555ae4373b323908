"""What a person tells of themselves, and what each field accepts."""

from __future__ import annotations

import re
import unicodedata
import zoneinfo
from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import lru_cache
from typing import Final

from kit.refusals import InvalidArgument


class CheckInPreference(StrEnum):
    """How often a person wants to be checked in on."""

    DEFAULT = "default"
    FEWER = "fewer"
    NONE = "none"


LONGEST_NAME: Final = 100
LANGUAGES: Final = ("en", "es")
DEFAULT_LANGUAGE: Final = "en"
# Letters and digits with single blanks or hyphens between: postal codes of any country.
_ZIP_CODE: Final = re.compile(r"[A-Z0-9]+(?:[ -][A-Z0-9]+)*")
_LONGEST_ZIP_CODE: Final = 10


def parse_detail(name: str, value: str) -> str:
    """The value of the field `name` as it is stored; "" means unknown.

    name: a key of DETAILS. Raises InvalidArgument naming `profile.<name>`.
    """
    field = f"profile.{name}"
    if any(unicodedata.category(character) == "Cc" for character in value):
        raise InvalidArgument(field, "must not hold control characters")
    return DETAILS[name](value.strip(), field)


def _name(value: str, field: str) -> str:
    if len(value) > LONGEST_NAME:
        raise InvalidArgument(field, f"must have at most {LONGEST_NAME} characters")
    return value


def _zip_code(value: str, field: str) -> str:
    code = value.upper()
    if code and not (len(code) <= _LONGEST_ZIP_CODE and _ZIP_CODE.fullmatch(code)):
        raise InvalidArgument(field, "must be a postal code such as 60614 or 60614-1234")
    return code


def _time_zone(value: str, field: str) -> str:
    if value and value not in _time_zones():
        raise InvalidArgument(field, "must be an IANA time zone such as America/Chicago")
    return value


def _language(value: str, field: str) -> str:
    if value and value not in LANGUAGES:
        raise InvalidArgument(field, f"must be one of {', '.join(LANGUAGES)}")
    return value or DEFAULT_LANGUAGE


@lru_cache(maxsize=1)
def _time_zones() -> frozenset[str]:
    """Names alone: ZoneInfo(name) would also open whatever file a name such as "tzdata.zi" is."""
    return frozenset(zoneinfo.available_timezones() - {"localtime", "Factory"})


# The texts that UpdateProfile may change; besides, the check-in preference.
DETAILS: Final[Mapping[str, Callable[[str, str], str]]] = {
    "first_name": _name,
    "relationship": _name,
    "care_recipient_name": _name,
    "zip_code": _zip_code,
    "time_zone": _time_zone,
    "language": _language,
}
