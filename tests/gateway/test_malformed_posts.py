"""Acceptance, Door 10: what a stranger may send."""

from __future__ import annotations

import json
import random
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.gateway.door import (
    CAPS,
    FORM,
    Door,
    Pairs,
    encoded,
    open_door,
    read_to_end,
    request,
    settings,
    sms,
    status_of,
    stripe_headers,
    twilio_form,
    twilio_signature,
)
from tests.gateway.fake_jobs import FakeJobs


def signed(body: bytes, pairs: Pairs, content_type: str | None = FORM[1]) -> list[tuple[str, str]]:
    """Headers with a signature over the fields that a lenient parser would see in `body`."""
    headers = [
        ("X-Twilio-Signature", twilio_signature("https://line.example.org/twilio/sms", pairs))
    ]
    return headers if content_type is None else [("Content-Type", content_type), *headers]


MALFORMED = {
    "a lone %": (
        encoded(without_body := [p for p in sms() if p[0] != "Body"]) + b"&Body=100%",
        [*without_body, ("Body", "100%")],
    ),
    "a % before no hex": (encoded(without_body) + b"&Body=%zz", [*without_body, ("Body", "%zz")]),
    "bad UTF-8, escaped": (
        encoded(without_body) + b"&Body=%ff",
        [*without_body, ("Body", "\ufffd")],
    ),
    "bad UTF-8, raw": (encoded(without_body) + b"&Body=\xff", [*without_body, ("Body", "\ufffd")]),
    "an escaped surrogate": (
        encoded(without_body) + b"&Body=%ed%a0%82",
        [*without_body, ("Body", "\ufffd" * 3)],
    ),
    "NUL": (encoded(sms(Body="a\0b")), sms(Body="a\0b")),
    "NUL in a name": (encoded([*sms(), ("a\0b", "")]), [*sms(), ("a\0b", "")]),
    "10,000 fields": (
        encoded(many := [*sms(), *((f"{n}", "") for n in range(10_000))]),
        many,
    ),
    "nothing": (b"", []),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_form_is_4xx_signed_or_not(door: Door, jobs: FakeJobs, name: str) -> None:
    body, pairs = MALFORMED[name]
    for headers in (signed(body, pairs), [FORM, ("X-Twilio-Signature", "x")], [FORM]):
        assert 400 <= door.send("/twilio/sms", body, headers).status < 500
    assert jobs.calls == 0


@pytest.mark.parametrize("content_type", [
    None, "", "text/plain", "multipart/form-data; boundary=b", "application/xml", "*/*", ";;;",
    "application/x-www-form-urlencoded; charset=latin-1", "application/json, text/plain",
    "application/x-www-form-urlencoded; charset=\u00e9",
])  # fmt: skip
def test_a_wrong_or_missing_content_type_is_4xx(
    door: Door, jobs: FakeJobs, content_type: str | None
) -> None:
    body = encoded(sms())
    assert door.send("/twilio/sms", body, signed(body, sms(), content_type)).status == 415
    payload = json.dumps({"id": "evt_1"})
    headers = [] if content_type is None else [("Content-Type", content_type)]
    headers.append(stripe_headers(payload)[1])
    assert door.send("/stripe", payload.encode(), headers).status == 415
    assert jobs.calls == 0


def test_two_content_types_are_4xx(door: Door, jobs: FakeJobs) -> None:
    body = encoded(sms())
    assert door.send("/twilio/sms", body, [*signed(body, sms()), FORM]).status == 415


def test_a_multipart_form_is_4xx(door: Door, jobs: FakeJobs) -> None:
    part = b'--b\r\nContent-Disposition: form-data; name="Body"\r\n\r\nhi\r\n--b--\r\n'
    headers = signed(part, [("Body", "hi")], "multipart/form-data; boundary=b")
    assert door.send("/twilio/sms", part, headers).status == 415


@pytest.mark.parametrize("path", CAPS)
@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_another_method_is_405(door: Door, path: str, method: str) -> None:
    answer = door.send(path, method=method)
    assert (answer.status, answer.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize("path", [
    "/", "/twilio", "/twilio/sms/", "//twilio/sms", "/twilio//sms", "/TWILIO/SMS", "/stripe/",
    "/stripe%0A", "/%73tripe", "/twilio%2Fsms", "/twilio/sms;a", "/./stripe", "/stripe/../stripe",
    "/twilio/sms%00", "/docs", "/metrics", "/healthz",
])  # fmt: skip
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_another_path_is_404_and_no_redirect(door: Door, path: str, method: str) -> None:
    answer = door.send(path, method=method)
    assert answer.status in ({404} if method == "POST" else {404, 405})
    assert "location" not in answer.headers


def test_a_provider_without_a_secret_has_no_route(jobs: FakeJobs, certificates: Path) -> None:
    none = {"twilio_account_sid": "", "twilio_auth_token": "", "stripe_webhook_secret": " , "}
    with open_door(settings(jobs.port, certificates, **none)) as door:
        for path in CAPS:
            for method in ("GET", "POST"):
                assert door.send(path, method=method).status == 404
        assert door.twilio("/twilio/sms", sms(), token="").status == 404
        assert door.stripe("{}", secret="").status == 404


def test_no_answer_to_a_stranger_says_more_than_its_status(door: Door) -> None:
    answers = [
        door.send("/twilio/sms"),
        door.twilio("/twilio/sms", sms(AccountSid="ACx")),
        door.twilio("/twilio/sms", sms(), token="x"),
        door.send("/stripe"),
        door.stripe("{}", secret="x"),
        door.stripe("{}", at=1),
    ]
    assert {(answer.status, answer.body) for answer in answers} == {(403, b"Unauthorized")}
    assert not any("server" in answer.headers for answer in answers)


def test_no_connection_is_kept_for_who_was_refused(door: Door, jobs: FakeJobs) -> None:
    assert door.twilio("/twilio/sms", sms(), token="x").headers["connection"] == "close"
    assert door.send("/", method="GET").headers["connection"] == "close"
    assert "connection" not in door.twilio("/twilio/sms", sms()).headers


START = b"POST /stripe HTTP/1.1\r\nHost: x\r\n"
LENGTHS = (b"-1", b"+5", b"1_0", b"5, 5", b"0x5", b"", b"9" * 30, b"5\r\nContent-Length: 6")
BROKEN = [
    b"GET http://[ HTTP/1.1\r\n\r\n",
    b"CONNECT a:1 HTTP/1.1\r\nHost: x\r\n\r\n",
    b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01",
    b"\r\n\r\nx",
    b"POST /stripe\xc3\xa9 HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n",
    b"POST /stripe?\xff HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n",
    b"POST /stripe HTTP/9.9\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    START + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    START + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    START + b"Transfer-Encoding: gzip\r\n\r\n",
    START + b"Upgrade: websocket\r\nConnection: upgrade\r\n\r\n",
    START + b"X: a\x00b\r\n\r\n",
    *(START + b"Content-Length: " + length + b"\r\n\r\nhello" for length in LENGTHS),
]


@pytest.mark.parametrize("sent", BROKEN)
def test_what_is_no_http_is_4xx(impatient_door: Door, sent: bytes) -> None:
    answer = impatient_door.raw(sent)
    assert 400 <= status_of(answer) < 500


def test_random_changes_to_a_good_post_are_never_5xx(impatient_door: Door, jobs: FakeJobs) -> None:
    chance = random.Random(20261123)
    body, headers = twilio_form("/twilio/sms", sms())
    good = request("/twilio/sms", body, [*headers, ("Connection", "close")])
    statuses: list[int] = []
    with ExitStack() as stack:
        connections = [stack.enter_context(impatient_door.connect()) for _ in range(400)]
        for connection in connections:
            spoilt = bytearray(good)
            for _ in range(chance.randint(0, 4)):
                spoilt[chance.randrange(len(spoilt))] = chance.randrange(256)
            connection.sendall(spoilt)
        statuses = [status_of(read_to_end(connection)) for connection in connections]
    assert {status // 100 for status in statuses} == {2, 4}
    assert {400, 403, 404} <= set(statuses)
