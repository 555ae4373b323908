"""Which senders are people (domain.md section 1)."""

from __future__ import annotations

import pytest

from services.jobs.workflows.numbers import person_number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("+12025550101", "+12025550101"),
        ("(202) 555-0101", "+12025550101"),
        ("+442079460123", "+442079460123"),
    ],
)
def test_a_number_of_a_person_is_given_in_e164(text: str, number: str) -> None:
    assert person_number(text) == number


@pytest.mark.parametrize(
    "text",
    ["12345", "AMAZON", "", "+1", "999", "client:ana", "INFO5550101", "1800FLOWERS", "5550101",
     "whatsapp:+12025550101", "RBM-2025550101", "+12025550101;ext=5", "+12025550101 x5",
     "+4910000000000000", "+6210000000000000000"],
)  # fmt: skip
def test_short_codes_and_names_are_not_people(text: str) -> None:
    assert person_number(text) is None
