"""Handing a text to the provider: what each of its answers, and each silence, means."""

from __future__ import annotations

import asyncio
import json
import logging
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import parse_qs

import pytest
from prometheus_client import REGISTRY

from services.jobs.carrier import (
    Accepted,
    AccountRefused,
    NotSent,
    Refused,
    SendOutcome,
    TwilioCarrier,
    Unknown,
)
from tests.jobs.carrier.calling import BODY, call, nobody_accepting, nobody_listening, send
from tests.sandbox.gateway import Gateway, Post, wait_until
from tests.sandbox.running import ANA, RunningSandbox

BO = "+12025550102"
CY = "+12025550103"
SHORT: dict[str, Any] = {
    "request_timeout": timedelta(seconds=0.3),
    "connect_timeout": timedelta(seconds=0.2),
}


def status_posts(listening: Gateway, said: SendOutcome) -> list[Post]:
    """What is posted of this text; of another one something may be on its way still."""
    assert isinstance(said, Accepted)

    def of_this_text() -> list[Post] | None:
        posts = listening.of("/twilio/status")
        mine = [post for post in posts if post.form["MessageSid"] == said.sid]
        return mine if len(mine) == 3 else None

    return wait_until(of_this_text, "three status posts")  # type: ignore[no-any-return]


def test_an_accepted_text_has_the_providers_id_and_reaches_the_phone(
    sandbox: RunningSandbox,
) -> None:
    said = send(sandbox.url)
    assert isinstance(said, Accepted)
    [text] = sandbox.phone()
    assert (text["sid"], text["body"], text["direction"]) == (said.sid, BODY, "out")


def test_its_status_posts_name_our_message(sandbox: RunningSandbox, listening: Gateway) -> None:
    said = call(sandbox.url, lambda carrier: carrier.send(ANA, BODY, message_id="0190-a/b&c"))
    posts = status_posts(listening, said)
    assert all(parse_qs(post.query) == {"message_id": ["0190-a/b&c"]} for post in posts)


def test_a_text_without_a_ledger_entry_names_none(
    sandbox: RunningSandbox, listening: Gateway
) -> None:
    posts = status_posts(listening, send(sandbox.url))
    assert {post.query for post in posts} == {""}


def test_the_provider_is_told_how_long_it_may_try(sandbox: RunningSandbox) -> None:
    validity = timedelta(minutes=10)
    call(sandbox.url, lambda carrier: carrier.send(ANA, BODY, validity=validity))
    send(sandbox.url)
    asked = sandbox.call("GET", "/sandbox/requests?provider=twilio")["requests"]
    periods = [each["params"].get("ValidityPeriod") for each in asked]
    assert sorted(periods, key=str) == ["600", None]


def test_a_messaging_service_may_be_the_sender(sandbox: RunningSandbox) -> None:
    service = "MG" + "0" * 32
    assert isinstance(send(sandbox.url, sender=service), Accepted)
    [asked] = sandbox.call("GET", "/sandbox/requests?provider=twilio")["requests"]
    assert asked["params"]["MessagingServiceSid"] == service
    assert "From" not in asked["params"]


@pytest.mark.parametrize("code", [21610, 21211, 21614, 21617])
def test_a_text_that_the_provider_will_not_send_is_refused_with_its_code(
    sandbox: RunningSandbox, code: int
) -> None:
    sandbox.fault("twilio", "error_code", code=code)
    labels = {"outcome": "refused", "code": str(code)}
    before = REGISTRY.get_sample_value("respite_texts_failed_total", labels) or 0
    assert send(sandbox.url) == Refused(str(code))
    assert REGISTRY.get_sample_value("respite_texts_failed_total", labels) == before + 1


@pytest.mark.parametrize("code", [20003, 20404, 21606])
def test_trouble_with_our_account_is_no_refusal_of_the_text(
    sandbox: RunningSandbox, code: int
) -> None:
    sandbox.fault("twilio", "error_code", code=code)
    assert send(sandbox.url) == AccountRefused(str(code))


def test_a_full_queue_of_the_provider_is_no_trouble_with_our_account(
    sandbox: RunningSandbox,
) -> None:
    sandbox.fault("twilio", "error_code", code=21611)
    assert send(sandbox.url) == NotSent("TWILIO_21611")


def test_a_wrong_token_is_trouble_with_our_account(sandbox: RunningSandbox) -> None:
    said = send(sandbox.url, auth_token="wrong")
    assert said == AccountRefused("20003")


@pytest.mark.parametrize("status", [302, 404, 407, 413])
def test_an_answer_that_is_not_the_providers_own_is_no_refusal_of_the_text(
    sandbox: RunningSandbox, status: int
) -> None:
    sandbox.fault("twilio", "fail", status=status, body="<h1>Captive portal</h1>")
    assert send(sandbox.url) == NotSent(f"HTTP_{status}", timedelta(seconds=30))


def test_too_many_requests_says_how_long_to_wait(sandbox: RunningSandbox) -> None:
    sandbox.fault("twilio", "fail", status=429, retry_after=7)
    assert send(sandbox.url) == NotSent("TWILIO_20429", timedelta(seconds=7))


def test_an_error_in_the_newer_shape_means_the_same(sandbox: RunningSandbox) -> None:
    """RFC 9457; the SDK has an exception of its own for it."""
    problem = {"type": "about:blank", "title": "Too many", "status": 429, "code": 20429}
    sandbox.fault("twilio", "fail", status=429, retry_after=3, body=json.dumps(problem))
    assert send(sandbox.url) == NotSent("TWILIO_20429", timedelta(seconds=3))


@pytest.mark.parametrize("status", [500, 502, 503, 408])
def test_after_a_server_error_nobody_knows(sandbox: RunningSandbox, status: int) -> None:
    sandbox.fault("twilio", "fail", status=status)
    assert send(sandbox.url) == Unknown(f"TWILIO_{status}")


@pytest.mark.parametrize("body", ["", "[]", "null", '"taken"', "<html>", "{}"])
def test_after_an_acceptance_that_cannot_be_read_nobody_knows(
    sandbox: RunningSandbox, body: str
) -> None:
    sandbox.fault("twilio", "fail", status=201, body=body or " ")
    assert isinstance(send(sandbox.url), Unknown)


def test_after_a_lost_answer_nobody_knows(sandbox: RunningSandbox) -> None:
    sandbox.fault("twilio", "drop_after_accept")
    assert isinstance(send(sandbox.url), Unknown)
    assert len(sandbox.phone()) == 1


def test_after_a_silence_nobody_knows(sandbox: RunningSandbox) -> None:
    sandbox.fault("twilio", "timeout")
    assert isinstance(send(sandbox.url, request_timeout=SHORT["request_timeout"]), Unknown)


def test_a_refused_connection_sent_nothing() -> None:
    with nobody_listening() as url:
        assert isinstance(send(url), NotSent)


def test_a_connection_that_is_never_made_sent_nothing() -> None:
    with nobody_accepting() as url:
        assert isinstance(send(url, **SHORT), NotSent)


def test_a_name_that_is_not_found_sent_nothing() -> None:
    assert isinstance(send("http://nowhere.invalid"), NotSent)


def test_a_failed_handshake_sent_nothing(sandbox: RunningSandbox) -> None:
    assert isinstance(send(sandbox.url.replace("http://", "https://")), NotSent)


def test_an_address_that_is_not_the_providers_is_never_called(sandbox: RunningSandbox) -> None:
    """The SDK builds addresses from its settings; account and token go nowhere else."""

    async def elsewhere(carrier: TwilioCarrier) -> None:
        with pytest.raises(ValueError, match="Twilio"):
            await carrier._http.request("POST", "https://api.example.com/Messages.json")

    call(sandbox.url, elsewhere)
    assert sandbox.counts("twilio") == {}


def test_texts_sent_at_once_do_not_mix_their_answers(sandbox: RunningSandbox) -> None:
    sandbox.fault("twilio", "delay", seconds=0.2, match={"To": ANA})
    sandbox.fault("twilio", "fail", status=429, retry_after=7, match={"To": ANA})
    sandbox.fault("twilio", "fail", status=429, retry_after=9, match={"To": BO})

    async def all_at_once(carrier: TwilioCarrier) -> list[SendOutcome]:
        return await asyncio.gather(*(carrier.send(to, BODY) for to in (ANA, BO, CY)))

    ana, bo, cy = call(sandbox.url, all_at_once)
    assert ana == NotSent("TWILIO_20429", timedelta(seconds=7))
    assert bo == NotSent("TWILIO_20429", timedelta(seconds=9))
    assert isinstance(cy, Accepted)


def test_an_earlier_wish_to_wait_is_forgotten(sandbox: RunningSandbox) -> None:
    sandbox.fault("twilio", "fail", status=429, retry_after=7, times=1)
    sandbox.fault("twilio", "fail", status=429, times=1)

    async def twice(carrier: TwilioCarrier) -> list[SendOutcome]:
        return [await carrier.send(ANA, BODY), await carrier.send(ANA, BODY)]

    first, second = call(sandbox.url, twice)
    assert first == NotSent("TWILIO_20429", timedelta(seconds=7))
    assert second == NotSent("TWILIO_20429")


def test_nothing_of_the_person_or_of_us_is_logged(
    sandbox: RunningSandbox, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    send(sandbox.url)
    sandbox.fault("twilio", "error_code", code=21211, times=1)
    send(sandbox.url)
    sandbox.fault("twilio", "drop_after_accept", times=1)
    send(sandbox.url)
    for secret in (ANA, ANA[1:], BODY, "not alone", "token-one"):
        assert secret not in caplog.text


def test_where_time_runs_out_before_the_first_byte_nothing_is_sent(
    sandbox: RunningSandbox,
) -> None:
    """However often it was asked before: with a new connection, and with one that is used again."""
    late = NotSent("NO_TIME_LEFT", timedelta(0))

    async def texts(carrier: TwilioCarrier) -> list[SendOutcome]:
        scripts = [iter([True] * looks) for looks in (0, 0, 1, 1, 2, 2)]
        return [
            await carrier.send(ANA, BODY, may_send=partial(next, script, False))
            for script in scripts
        ]

    assert call(sandbox.url, texts) == [late] * 6
    assert sandbox.counts("twilio") == {}

    async def one_text(carrier: TwilioCarrier) -> list[SendOutcome]:
        return [
            await carrier.send(ANA, BODY, may_send=lambda: False),
            await carrier.send(ANA, BODY, may_send=lambda: True),
            await carrier.send(ANA, BODY, may_send=lambda: False),
        ]

    first, second, third = call(sandbox.url, one_text)
    assert (first, third) == (late, late)
    assert isinstance(second, Accepted)
    assert len(sandbox.phone()) == 1


def test_a_look_up_after_a_text_that_was_too_late_is_made_all_the_same(
    sandbox: RunningSandbox,
) -> None:
    async def look_up(carrier: TwilioCarrier) -> list[str] | None:
        await carrier.send(ANA, BODY, may_send=lambda: False)
        return await carrier.find(ANA, BODY, datetime.now(UTC))

    assert call(sandbox.url, look_up) == []
