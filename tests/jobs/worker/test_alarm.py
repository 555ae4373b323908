"""Reaching the people behind the line."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from aiohttp import web

from kit.clock import SystemClock
from services.jobs.carrier import NotSent, Refused, SendOutcome, Unknown
from services.jobs.worker.alarm import Alarm
from tests.jobs.workflows.provider import Provider

ONE, TWO = "+12025550111", "+12025550112"


def raised(
    *outcomes: SendOutcome, phones: Sequence[str] = (ONE, TWO)
) -> tuple[Sequence[str], Provider]:
    """The ways that failed, where only phones are configured."""
    provider = Provider(SystemClock())
    provider.next.extend(outcomes)
    alarm = Alarm(provider, None, phones)
    return asyncio.run(alarm.raise_alarm("DEAD_LETTER_PROBE", "17")), provider


def test_everybody_is_texted_once() -> None:
    failed, provider = raised()
    assert failed == []
    words = "Respite alert: DEAD_LETTER_PROBE (17). See the runbook."
    assert [(text.to, text.body) for text in provider.texts] == [(ONE, words), (TWO, words)]


def test_nobody_to_tell_is_no_failure() -> None:
    assert raised(phones=())[0] == []


@pytest.mark.parametrize("trouble", [NotSent("TWILIO_20429"), Unknown("TWILIO_503")])
def test_somebody_who_may_not_have_been_reached_is_tried_again(trouble: SendOutcome) -> None:
    assert raised(trouble)[0] == ["phones"]


def test_a_dead_number_does_not_have_the_others_texted_again_and_again() -> None:
    assert raised(Refused("21211"))[0] == []
    assert raised(Refused("21211"), Refused("21610"))[0] == ["phones"]


@pytest.mark.parametrize(
    ("status", "failed"), [(200, []), (204, []), (302, ["webhook"]), (500, ["webhook"])]
)
def test_the_webhook_gets_reason_and_subject(status: int, failed: list[str]) -> None:
    posted: list[Any] = []

    async def go() -> Sequence[str]:
        async def take(request: web.Request) -> web.Response:
            posted.append(await request.json())
            return web.Response(status=status)

        app = web.Application()
        app.router.add_post("/alarm", take)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        try:
            alarm = Alarm(Provider(SystemClock()), f"http://127.0.0.1:{port}/alarm", ())
            return await alarm.raise_alarm("CRISIS_OPTED_OUT", "SM1")
        finally:
            await runner.cleanup()

    assert asyncio.run(go()) == failed
    assert posted == [{"reason": "CRISIS_OPTED_OUT", "subject": "SM1"}]


@pytest.mark.parametrize("address", ["http://127.0.0.1:9/", "not an address"])
def test_a_webhook_that_is_away_is_tried_again_and_the_phones_are_texted(address: str) -> None:
    provider = Provider(SystemClock())
    alarm = Alarm(provider, address, [ONE])
    assert asyncio.run(alarm.raise_alarm("X", "1")) == ["webhook"]
    assert len(provider.texts) == 1
