from __future__ import annotations

import io
import json
import logging
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy
import structlog

from kit.logging import configure_logging, describe_error, get_logger, mask_text

TWILIO_TOKEN = "0123456789abcdef0123456789abcdef"


@pytest.mark.parametrize(
    "text",
    [
        "+12025550101",
        "sent to +1 202 555 0101 today",
        "sent to +1 (202) 555-0101",
        "From=%2B12025550101&Body=",
        "(202) 555-0101",
        "202-555-0101",
        "202.555.0101",
        "call 12025550101",
        "+447911123456,",
        "unique violation: (+12025550101) exists",
    ],
)
def test_what_looks_like_a_phone_number_is_masked(text: str) -> None:
    masked = mask_text(text)
    assert "[phone]" in masked
    assert "555" not in masked
    assert "7911" not in masked


@pytest.mark.parametrize(
    "text",
    [
        "sk_live_51Habcdefghijk",
        "rk_test_51Habcdefghijk",
        "whsec_abcdefghijklmnop",
        "sk-proj-abcdefghijklmnop1234",
        "Bearer abcdefghijklmnop",
        "Basic QUNzYW5kYm94OnRva2Vu",
        TWILIO_TOKEN,
        "t=1700000000,v1=" + "ab" * 32,
        "signature RSOYDt4T1cUTdK1PDd93/VVr8B8= is wrong",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc",
        "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMG\n-----END PRIVATE KEY-----",
    ],
)
def test_what_looks_like_a_secret_is_masked(text: str) -> None:
    masked = mask_text(text)
    assert "[secret]" in masked
    for word in ("abcdefgh", "QUNz", "0123456789abcdef", "abababab", "RSOYDt", "eyJ", "MIGH"):
        assert word not in masked


def test_the_password_in_a_url_is_masked_and_the_rest_stays() -> None:
    url = "postgresql://profile_writer:hunter2@db.internal:5432/respite"
    assert mask_text(url) == "postgresql://profile_writer:[secret]@db.internal:5432/respite"


@pytest.mark.parametrize(
    "text",
    [
        "01936f6e-0000-7000-8000-446655440000",
        "respite://user/01936f6e-1111-7222-8333-446655440000",
        "2026-11-23T10:00:00.123456+00:00",
        "2026-11-23 10:00:00",
        "SM0123456789abcdef0123456789abcdef",
        "cus_NffrFeUfNV2Hib",
        "127.0.0.1:50051",
        "dns:///localhost:50051",
        "/profile.v1.ProfileService/GetProfile",
        "answered in 12.5 ms after 3 attempts",
    ],
)
def test_identifiers_times_and_addresses_are_left_alone(text: str) -> None:
    assert mask_text(text) == text


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """The log of a configured process, parsed; the configuration is undone afterwards."""
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    root.handlers.clear()
    try:
        configure_logging("profile", "INFO", "json")
        yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    finally:
        structlog.reset_defaults()
        root.handlers[:] = before
        root.setLevel(level)


Lines = Callable[[], list[dict[str, Any]]]


def test_an_event_is_one_json_line_with_its_process_and_time(lines: Lines) -> None:
    get_logger("kit.test").info("job_claimed", job_id="j1", attempts=2, seconds=0.5, none=None)
    get_logger("kit.test").debug("not_shown")
    [event] = lines()
    assert event["event"] == "job_claimed"
    assert event["level"] == "info"
    assert event["process"] == "profile"
    assert event["logger"] == "kit.test"
    assert event["timestamp"].endswith("Z")
    assert (event["job_id"], event["attempts"], event["seconds"]) == ("j1", 2, 0.5)
    assert event["none"] is None


def test_fields_that_hold_personal_data_are_masked_by_their_name(lines: Lines) -> None:
    get_logger("kit.test").info(
        "text_received",
        body="I cannot cope",
        token="short",
        signature=b"bytes",
        detail={"email": "maria@example.org", "numbers": ["+12025550101", 7]},
        trace_id=TWILIO_TOKEN,
    )
    [event] = lines()
    assert event["body"] == event["token"] == event["signature"] == "[masked]"
    assert event["detail"] == {"email": "[masked]", "numbers": ["[phone]", 7]}
    assert event["trace_id"] == TWILIO_TOKEN


def test_records_of_libraries_take_the_same_way(lines: Lines) -> None:
    try:
        raise ValueError("+12025550101 is wrong")
    except ValueError:
        logging.getLogger("twilio").exception("POST for %s failed", "+12025550101")
    [event] = lines()
    assert event["event"] == "POST for [phone] failed"
    assert event["logger"] == "twilio"
    assert event["process"] == "profile"
    assert "ValueError: [phone] is wrong" in event["exception"]
    assert "test_logging.py" in event["exception"]


def test_a_traceback_shows_where_and_why_but_no_quoted_value(lines: Lines) -> None:
    try:
        try:
            int("I cannot cope")
        except ValueError as error:
            raise RuntimeError("could not read the score") from error
    except RuntimeError as error:
        get_logger("kit.test").error("call_failed", exc_info=error)
    [event] = lines()
    text = event["exception"]
    assert "RuntimeError: could not read the score" in text
    assert "because of\nValueError: invalid literal for int() with base 10: [quoted]" in text
    assert "cannot cope" not in text.replace('int("I cannot cope")', "")


def test_an_error_of_the_database_is_described_without_its_parameters() -> None:
    class Diagnostics:
        constraint_name = "users_phone_key"
        message_primary = "duplicate key value violates unique constraint"

    class UniqueViolation(Exception):
        sqlstate = "23505"
        diag = Diagnostics()

    UniqueViolation.__module__ = "psycopg.errors"
    error = sqlalchemy.exc.IntegrityError(
        "INSERT INTO users", {"name": "Maria"}, UniqueViolation("Key (name)=(Maria) exists")
    )
    assert describe_error(error) == (
        "sqlalchemy.exc.IntegrityError: sqlstate=23505 constraint=users_phone_key"
    )


def test_a_database_that_cannot_be_reached_is_described_with_the_reason() -> None:
    engine = sqlalchemy.create_engine("postgresql+psycopg://u:hunter2@127.0.0.1:1/none")
    with pytest.raises(sqlalchemy.exc.OperationalError) as caught:
        engine.connect()
    text = describe_error(caught.value)
    assert text.startswith("sqlalchemy.exc.OperationalError: ")
    assert "refused" in text
    assert "hunter2" not in text


def test_the_console_format_masks_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    try:
        configure_logging("profile", "info", "console")
        get_logger("kit.test").warning("odd", number="+12025550101")
    finally:
        structlog.reset_defaults()
        root.handlers[:] = before
        root.setLevel(level)
    written = capsys.readouterr().err
    assert "odd" in written
    assert "[phone]" in written
