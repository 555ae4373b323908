"""Acceptance, Door 1 to 5, for Twilio."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
from structlog.testing import capture_logs

from tests.gateway.door import (
    ACCOUNT,
    NUMBER,
    OLD_TOKEN,
    PUBLIC_URL,
    TOKEN,
    WORDS,
    Answer,
    Door,
    is_accepted,
    is_unauthorized,
    open_door,
    settings,
    sms,
    twilio_form,
    twilio_signature,
    without,
)
from tests.gateway.fake_jobs import FakeJobs
from tests.gateway.test_signatures import FORMS


def vector_fields(vector: dict[str, Any], number: int) -> list[tuple[str, str]]:
    """The fields of the vector among those of an inbound text of its own."""
    pairs = vector.get("param_pairs") or parse_qsl(
        vector.get("raw_form_body", ""), keep_blank_values=True
    )
    own = sms(sid=f"SMvector{number}")
    names = {name for name, _ in own}
    return [*own, *((name, value) for name, value in pairs if name not in names)]


# --- 1 ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", range(len(FORMS)), ids=lambda number: FORMS[number]["id"])
def test_every_valid_form_vector_gets_200_and_one_job_and_every_invalid_one_403_and_none(
    door: Door, jobs: FakeJobs, number: int
) -> None:
    vector = FORMS[number]
    query = vector["request_url"].partition("?")[2]
    path = "/twilio/sms" + (f"?{query}" if query.isascii() and query else "")
    body, headers = twilio_form(path, vector_fields(vector, number))
    if not vector["expect_valid"]:
        headers = without(headers, "X-Twilio-Signature")
        if vector["signature"] is not None:
            headers.append(("X-Twilio-Signature", vector["signature"]))

    answer = door.send(path, body, headers)

    if vector["expect_valid"]:
        assert (answer.status, answer.body) == (200, b"<Response/>")
        assert answer.headers["content-type"].startswith("text/xml")
        assert list(jobs.jobs) == [f"twilio:SMvector{number}"]
    else:
        assert is_unauthorized(answer)
        assert jobs.calls == 0


def test_a_refused_post_is_one_log_line_without_number_or_text(door: Door, jobs: FakeJobs) -> None:
    body, headers = twilio_form("/twilio/sms", sms())
    for sent in (
        headers,
        without(headers, "X-Twilio-Signature"),
        [headers[0], (headers[1][0], "x")],
    ):
        with capture_logs() as lines:
            answer = door.send("/twilio/sms", body + b"&More=1", sent)
        assert is_unauthorized(answer)
        (line,) = lines
        assert line["event"] == "webhook_refused"
        written = str(line)
        assert NUMBER[1:] not in written
        assert WORDS not in written
    assert jobs.calls == 0
    assert (
        door.metric("respite_gateway_refusals_total", route="/twilio/sms", reason="no_signature")
        >= 1
    )


def test_a_taken_post_is_no_log_line_and_is_counted(door: Door, jobs: FakeJobs) -> None:
    stored = {"name": "respite_gateway_webhooks_total", "route": "/twilio/sms", "outcome": "stored"}
    before = door.metric(**stored), door.metric("respite_gateway_ack_seconds_count")
    with capture_logs() as lines:
        door.twilio("/twilio/sms", sms())
    assert lines == []
    after = door.metric(**stored), door.metric("respite_gateway_ack_seconds_count")
    assert after == (before[0] + 1, before[1] + 1)


# --- 2 ------------------------------------------------------------------------------------------


def send_json(door: Door, content: bytes, signed: bytes | None = None, path: str = "") -> Answer:
    digest = hashlib.sha256(content if signed is None else signed).hexdigest()
    path = path or f"/twilio/sms?foo=1&bodySHA256={digest}"
    signature = twilio_signature(PUBLIC_URL + path, [])
    return door.send(
        path, content, [("Content-Type", "application/json"), ("X-Twilio-Signature", signature)]
    )


def test_a_json_body_with_its_hash_is_accepted(door: Door, jobs: FakeJobs) -> None:
    answer = send_json(door, json.dumps(dict(sms("SMjson", Body="¿cómo?"))).encode())
    assert is_accepted(answer)
    assert jobs.only.payload.process_inbound_sms.body == "¿cómo?"


def test_a_json_body_with_one_byte_changed_is_refused(door: Door, jobs: FakeJobs) -> None:
    content = json.dumps(dict(sms())).encode()
    assert is_unauthorized(send_json(door, content.replace(b"SM1", b"SM2", 1), content))
    assert jobs.calls == 0


def test_a_json_body_without_a_hash_is_refused_and_is_no_error(door: Door, jobs: FakeJobs) -> None:
    assert is_unauthorized(send_json(door, json.dumps(dict(sms())).encode(), path="/twilio/sms"))
    assert jobs.calls == 0


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"null", b'"x"', b"[" * 60_000, b'{"a":' * 12_000, b"\xff{}", b"1" * 5_000],
)
def test_a_json_body_that_is_no_object_is_a_bad_request(door: Door, content: bytes) -> None:
    assert send_json(door, content).status == 400


def test_a_json_text_that_no_encoding_can_hold_is_a_bad_request(door: Door) -> None:
    content = json.dumps(dict(sms(Body="\ud802"))).encode()
    assert send_json(door, content).status == 400


# --- 3 ------------------------------------------------------------------------------------------


def test_behind_a_tls_proxy_the_public_url_verifies(door: Door, jobs: FakeJobs) -> None:
    # The door itself is reached over plain HTTP at 127.0.0.1; signed was https://line.example.org.
    assert is_accepted(door.twilio("/twilio/sms", sms()))
    assert is_unauthorized(
        door.twilio("/twilio/sms", sms(), public_url=f"http://127.0.0.1:{door.port}")
    )


def test_a_forged_x_forwarded_host_changes_nothing(door: Door, jobs: FakeJobs) -> None:
    forged = [
        ("X-Forwarded-Host", "evil.example"),
        ("X-Forwarded-Proto", "http"),
        ("X-Forwarded-For", "203.0.113.7"),
        ("Forwarded", "host=evil.example;proto=http"),
        ("X-Original-URL", "/stripe"),
    ]
    assert is_accepted(door.twilio("/twilio/sms", sms("SM1"), extra=forged))
    for scheme in ("http", "https"):
        answer = door.twilio(
            "/twilio/sms", sms("SM2"), extra=forged, public_url=f"{scheme}://evil.example"
        )
        assert is_unauthorized(answer)


@pytest.mark.parametrize("public_url", [PUBLIC_URL, f"{PUBLIC_URL}:443"])
def test_either_port_form_verifies(door: Door, jobs: FakeJobs, public_url: str) -> None:
    assert is_accepted(door.twilio("/twilio/sms", sms(), public_url=public_url))


def test_another_port_verifies_with_and_without_it(jobs: FakeJobs, certificates: Path) -> None:
    chosen = settings(jobs.port, certificates, public_url="https://line.example.org:8443/behind/")
    with open_door(chosen) as door:
        for number, signed in enumerate(
            ("https://line.example.org:8443/behind", "https://line.example.org/behind")
        ):
            assert is_accepted(door.twilio("/twilio/sms", sms(f"SM{number}"), public_url=signed))
        assert is_unauthorized(
            door.twilio("/twilio/sms", sms(), public_url="https://line.example.org:443/behind")
        )


@pytest.mark.parametrize("query", ["a=hello%20world&b=test%2Bvalue", "a=b?c=%2f&&d", "a=%C3%B1"])
def test_an_encoded_query_verifies_as_it_was_sent(door: Door, jobs: FakeJobs, query: str) -> None:
    assert is_accepted(door.twilio(f"/twilio/sms?{query}", sms()))


@pytest.mark.parametrize(
    ("signed", "sent"),
    [("a=hello%20world", "a=hello+world"), ("a=%2f", "a=%2F"), ("a=1&b=2", "b=2&a=1"), ("", "a=")],
)
def test_a_re_encoded_query_is_refused(door: Door, jobs: FakeJobs, signed: str, sent: str) -> None:
    body, headers = twilio_form(f"/twilio/sms?{signed}".rstrip("?"), sms())
    assert is_unauthorized(door.send(f"/twilio/sms?{sent}", body, headers))
    assert jobs.calls == 0


def test_a_signature_for_one_route_is_none_for_another(door: Door, jobs: FakeJobs) -> None:
    body, headers = twilio_form("/twilio/sms", [*sms(), ("MessageStatus", "sent")])
    assert is_unauthorized(door.send("/twilio/status", body, headers))


# --- 4 ------------------------------------------------------------------------------------------


def test_blank_fields_verify(door: Door, jobs: FakeJobs) -> None:
    assert is_accepted(door.twilio("/twilio/sms", [*sms(), ("Blank", ""), ("", "nameless")]))


def test_repeated_fields_verify(door: Door, jobs: FakeJobs) -> None:
    repeated = [*sms(), ("Digits", "5678"), ("Digits", "1234"), ("Digits", "1234")]
    assert is_accepted(door.twilio("/twilio/sms", repeated))
    body, headers = twilio_form("/twilio/sms", repeated)
    assert is_unauthorized(door.send("/twilio/sms", body + b"&Digits=9", headers))


def test_an_unknown_messaging_service_of_a_known_account_is_accepted(
    door: Door, jobs: FakeJobs
) -> None:
    fields = [*sms(), ("MessagingServiceSid", "MGdb23ec0f89ee2632e46e91d8128f5e2b")]
    assert is_accepted(door.twilio("/twilio/sms", fields))


@pytest.mark.parametrize("account", ["AC" + "9" * 32, "", ACCOUNT.lower()])
def test_an_unknown_account_is_refused(door: Door, jobs: FakeJobs, account: str) -> None:
    assert is_unauthorized(door.twilio("/twilio/sms", sms(AccountSid=account)))
    assert jobs.calls == 0


def test_each_account_has_its_own_tokens(jobs: FakeJobs, certificates: Path) -> None:
    chosen = settings(
        jobs.port, certificates, twilio_accounts="ACsecond=new|old, ACthird=third-token"
    )
    with open_door(chosen) as door:
        for number, (account, token) in enumerate(
            [(ACCOUNT, TOKEN), ("ACsecond", "new"), ("ACsecond", "old"), ("ACthird", "third-token")]
        ):
            fields = sms(f"SM{number}", AccountSid=account)
            assert is_accepted(door.twilio("/twilio/sms", fields, token=token))
        assert is_unauthorized(door.twilio("/twilio/sms", sms(AccountSid="ACthird")))


def test_two_signatures_are_none(door: Door, jobs: FakeJobs) -> None:
    body, headers = twilio_form("/twilio/sms", sms())
    assert is_unauthorized(door.send("/twilio/sms", body, [*headers, headers[1]]))


# --- 5 ------------------------------------------------------------------------------------------


def test_old_and_new_token_are_accepted_during_the_overlap_and_no_other(
    door: Door, jobs: FakeJobs
) -> None:
    assert is_accepted(door.twilio("/twilio/sms", sms("SM1"), token=TOKEN))
    assert is_accepted(door.twilio("/twilio/sms", sms("SM2"), token=OLD_TOKEN))
    assert is_unauthorized(door.twilio("/twilio/sms", sms("SM3"), token="one-before-that"))
    assert set(jobs.jobs) == {"twilio:SM1", "twilio:SM2"}
