"""What a worker is told is checked before anybody needs it."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from respite.worker import WorkerSettings

FIT: dict[str, Any] = {
    "twilio_account_sid": "AC1",
    "twilio_auth_token": "token",
    "twilio_from_number": "+12025550100",
    "alert_phones": "+12025550111,+442079460123",
    "default_time_zones": "America/Chicago",
}


def test_numbers_and_time_zones_that_are_some_are_taken() -> None:
    settings = WorkerSettings(**FIT)
    assert settings.alert_phones == ("+12025550111", "+442079460123")
    assert settings.rules().default_time_zones == ("America/Chicago",)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("alert_phones", "+12025550111,nobody"),
        ("alert_phones", "202-555-0111"),
        ("default_time_zones", "America/Nowhere"),
        ("default_time_zones", ""),
        ("alert_webhook", "hooks.example.org/respite"),
        ("public_url", "line.example.org"),
        ("log_level", "loud"),
    ],
)
def test_what_a_worker_could_do_nothing_with_is_refused_at_the_start(name: str, value: str) -> None:
    with pytest.raises(ValidationError) as refused:
        WorkerSettings(**{**FIT, name: value})
    assert [error["loc"] for error in refused.value.errors()] == [(name,)]


def test_a_worker_without_a_sender_for_its_texts_does_not_start() -> None:
    with pytest.raises(ValidationError, match="TWILIO_FROM_NUMBER"):
        WorkerSettings(**{**FIT, "twilio_from_number": ""})
    by_service = {"twilio_from_number": "", "twilio_messaging_service_sid": "MG1"}
    assert WorkerSettings(**{**FIT, **by_service}).twilio_messaging_service_sid == "MG1"
