"""Reaching the people behind the line."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from aiohttp import web
from prometheus_client import REGISTRY

from kit.clock import SystemClock
from services.jobs.carrier import AccountRefused, NotSent, Refused, SendOutcome, Unknown
from services.jobs.worker.alarm import Alarm
from services.jobs.workflows.context import Told
from services.jobs.workflows.metrics import ALERTS_FAILED
from tests.jobs.workflows.provider import Provider

ONE, TWO = "+12025550111", "+12025550112"


def tell(alarm: Alarm, recipient: str) -> Told:
    return asyncio.run(alarm.tell(recipient, "DEAD_LETTER_PROBE", "17"))


def test_each_is_texted_by_themselves() -> None:
    provider = Provider(SystemClock())
    alarm = Alarm(provider, None, (ONE, TWO))
    assert alarm.recipients == ["phone-1-0111", "phone-2-0112"]
    assert [tell(alarm, each) for each in alarm.recipients] == [Told.TOLD, Told.TOLD]
    words = "Respite alert: DEAD_LETTER_PROBE (17). See the runbook."
    assert [(text.to, text.body) for text in provider.texts] == [(ONE, words), (TWO, words)]


def test_a_way_that_fails_for_the_first_time_is_seen_to_have_been_well_before() -> None:
    [metric] = ALERTS_FAILED.describe()
    alarm = Alarm(Provider(SystemClock()), "https://x.example", (ONE,))
    for way in (recipient.partition("-")[0] for recipient in alarm.recipients):
        assert REGISTRY.get_sample_value(f"{metric.name}_total", {"way": way}) is not None


def test_nobody_to_tell_is_no_failure() -> None:
    alarm = Alarm(Provider(SystemClock()), None, ())
    assert alarm.recipients == []
    assert tell(alarm, "webhook") == tell(alarm, "phone-1-0111") == Told.GONE


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (NotSent("TWILIO_20429"), Told.FAILED),
        (AccountRefused("20003"), Told.FAILED),
        (Unknown("TWILIO_503"), Told.FAILED),
        (Refused("21211"), Told.REFUSED),
    ],
)
def test_somebody_who_may_not_have_been_reached_is_tried_again(
    said: SendOutcome, told: Told
) -> None:
    provider = Provider(SystemClock())
    provider.next.append(said)
    alarm = Alarm(provider, None, (ONE,))
    assert tell(alarm, "phone-1-0111") == told
    assert tell(alarm, "phone-1-0111") == Told.TOLD


@pytest.mark.parametrize(
    ("status", "told"),
    [(200, Told.TOLD), (204, Told.TOLD), (302, Told.FAILED), (500, Told.FAILED)],
)
def test_the_webhook_gets_reason_and_subject(status: int, told: Told) -> None:
    posted: list[Any] = []

    async def go() -> Told:
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
            return await alarm.tell("webhook", "CRISIS_OPTED_OUT", "SM1")
        finally:
            await runner.cleanup()

    assert asyncio.run(go()) == told
    assert posted == [{"reason": "CRISIS_OPTED_OUT", "subject": "SM1"}]


@pytest.mark.parametrize("address", ["http://127.0.0.1:9/", "not an address"])
def test_a_webhook_that_is_away_is_tried_again(address: str) -> None:
    alarm = Alarm(Provider(SystemClock()), address, [ONE])
    assert alarm.recipients == ["webhook", "phone-1-0111"]
    assert tell(alarm, "webhook") == Told.FAILED
