"""What is a person's phone number, and what is not."""

from __future__ import annotations

import contextlib
import re
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

from kit.refusals import InvalidArgument
from services.identity.phone_number import PhoneNumber


@pytest.mark.parametrize(
    ("written", "e164"),
    [
        ("+12025550101", "+12025550101"),  # set aside for tests: possible, never valid
        ("2025550101", "+12025550101"),
        ("(202) 555-0101", "+12025550101"),
        ("1-202-555-0101", "+12025550101"),
        ("+1 202.555.0101", "+12025550101"),
        (" +12025550101 ", "+12025550101"),
        ("+15005550006", "+15005550006"),
        ("+442071838750", "+442071838750"),
        ("+44 20 7183 8750", "+442071838750"),
        ("+393331234567", "+393331234567"),
        ("+390612345678", "+390612345678"),
        ("+525512345678", "+525512345678"),
    ],
)
def test_a_number_is_kept_in_e164(written: str, e164: str) -> None:
    assert PhoneNumber.parse(written).e164 == e164


@pytest.mark.parametrize(
    "written",
    [
        "",
        " ",
        "+",
        "12345",  # short codes
        "988",
        "741741",
        "5550101",  # local only: nobody can text it
        "RESPITE",  # an alphanumeric sender
        "1-800-FLOWERS",
        "whatsapp:+12025550101",
        "+1202555010",
        "+120255501012",
        "+4910000000000000",  # sixteen digits, which phonenumbers calls possible
        "+6210000000000000000",
        "+99912025550101",
        "+12025550101 ext. 5",
        "+12025550101;ext=5",
        "+12025550101#5",
        "++12025550101",
        "+12025550101\n+12025550102",
        "+1202555\x000101",
        "٢٠٢٥٥٥٠١٠١",
        "+1" + "0" * 60,
        "--------",
    ],
)
def test_what_is_no_persons_number_is_refused_by_name(written: str) -> None:
    with pytest.raises(InvalidArgument) as refusal:
        PhoneNumber.parse(written)
    assert [field for field, _ in refusal.value.violations] == ["phone_number"]


def test_numbers_without_a_country_are_of_the_default_region() -> None:
    assert PhoneNumber.parse("020 7183 8750", default_region="GB").e164 == "+442071838750"


def test_a_masked_number_shows_its_last_four_digits() -> None:
    assert PhoneNumber.parse("+12025550101").masked == "********0101"


def test_what_is_taken_for_a_number_is_one_that_can_be_stored() -> None:
    for country, digits in product(COUNTRY_CODE_TO_REGION_CODE, range(1, 20)):
        for first in "129":
            with contextlib.suppress(InvalidArgument):
                number = PhoneNumber.parse(f"+{country}{first.ljust(digits, '0')}")
                assert re.fullmatch(r"\+[1-9][0-9]{4,14}", number.e164)


@given(st.text(max_size=50))
def test_any_text_is_a_number_or_is_refused(text: str) -> None:
    try:
        number = PhoneNumber.parse(text)
    except InvalidArgument:
        return
    assert PhoneNumber.parse(number.e164) == number
