"""Asking the provider what came in, as a reconciler does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.jobs.carrier.received import ReceivedText
from services.jobs.workflows.follow_ups import inbound_text
from tests.jobs.carrier.calling import call, nobody_listening, send
from tests.sandbox.running import ANA, SETTINGS, RunningSandbox

HOUR = timedelta(hours=1)


def received(url: str, ago: timedelta = HOUR, **changes: Any) -> list[ReceivedText] | None:
    """What came in from so long ago until a minute from now."""
    now = datetime.now(UTC)
    until = now + timedelta(minutes=1)
    return call(url, lambda carrier: carrier.list_received(now - ago, until), **changes)


def sids(found: list[ReceivedText] | None) -> list[str]:
    assert found is not None
    return [each.sid for each in found]


def test_a_text_is_listed_as_its_webhook_has_it_with_the_time_of_the_provider(
    sandbox: RunningSandbox,
) -> None:
    pictures = ["https://example.org/a.jpg", "https://example.org/b.jpg"]
    sandbox.text("hello", sid="SM1", media=pictures, wait=True)
    before = datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=5)
    [text] = received(sandbox.url) or []
    assert (text.sid, text.sender, text.body) == ("SM1", ANA, "hello")
    assert (text.recipient, text.account_sid) == (SETTINGS.from_number, SETTINGS.account_sid)
    assert before <= text.sent_time <= datetime.now(UTC)
    assert [each.content_type for each in text.media] == ["image/jpeg"] * 2
    assert all(each.url.startswith("https://api.twilio.com/2010-04-01/") for each in text.media)


def test_what_we_sent_and_what_others_received_is_not_listed(sandbox: RunningSandbox) -> None:
    send(sandbox.url)
    sandbox.text("for somebody else", sid="SM2", to="+15005550999", wait=True)
    assert received(sandbox.url) == []


def test_the_numbers_of_a_messaging_service_are_asked_for(sandbox: RunningSandbox) -> None:
    sandbox.text("hello", sid="SM1", wait=True)
    assert sids(received(sandbox.url, sender="MG" + "0" * 32)) == ["SM1"]


def test_many_pages_are_read_oldest_first_and_only_of_the_span(sandbox: RunningSandbox) -> None:
    sandbox.post("/sandbox/clock", offset_seconds=-2 * 3600)
    sandbox.text("too old", sid="SMold", wait=True)
    sandbox.post("/sandbox/clock", offset_seconds=-120)
    sandbox.text("first", sid="SMfirst", wait=True)
    sandbox.post("/sandbox/clock", offset_seconds=0)
    for number in range(20):
        sandbox.text(f"text {number}", sid=f"SM{number}")
    found = received(sandbox.url)
    assert sids(found) == ["SMfirst", *(f"SM{number}" for number in range(20))]
    moments = [text.sent_time for text in found or ()]
    assert len(set(moments)) == 21, "two texts of one second are two moments"
    assert moments == sorted(moments)


def test_half_a_character_in_a_text_is_one_that_is_not_known(sandbox: RunningSandbox) -> None:
    """JSON can write half a pair of surrogates; no other encoding can, nor can the queue's."""
    sandbox.text("so tired 😜 ok", sid="SM1", wait=True)
    path = f"/2010-04-01/Accounts/{SETTINGS.account_sid}/Messages.json"
    listed = sandbox.twilio().request("GET", f"https://api.twilio.com{path}").text
    halved = listed.replace("😜 ok", "\\ude1c 😜 ok \\ud83d")
    sandbox.fault("twilio", "fail", status=200, body=halved, match={"path": "*/Messages.json"})
    [text] = received(sandbox.url) or []
    assert text.body == "so tired \ufffd 😜 ok \ufffd"
    assert inbound_text(text).payload.process_inbound_sms.body == text.body


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "fail", "status": 503},
        {"kind": "fail", "status": 200, "body": "<html>"},
        {"kind": "timeout"},
    ],
)
def test_a_provider_that_cannot_be_asked_is_not_one_that_received_nothing(
    sandbox: RunningSandbox, fault: dict[str, Any]
) -> None:
    sandbox.fault("twilio", **fault)
    assert received(sandbox.url, request_timeout=timedelta(seconds=0.3)) is None


def test_half_a_list_is_not_one(sandbox: RunningSandbox) -> None:
    """A text whose pictures cannot be listed is fetched in the next pass, whole."""
    sandbox.text("hello", sid="SM1", media=["https://example.org/a.jpg"], wait=True)
    sandbox.fault("twilio", "fail", status=500, match={"path": "*/Media.json"})
    assert received(sandbox.url) is None


def test_a_provider_that_is_away_cannot_be_asked() -> None:
    with nobody_listening() as url:
        assert received(url) is None
