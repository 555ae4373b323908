"""Asking the provider what it took from us, as whoever restored a backup does."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from services.jobs.carrier import sent
from services.jobs.carrier.account import AccountProblem
from services.jobs.carrier.sent import TRIAL, SentText, sent_since
from tests.jobs.carrier.calling import nobody_listening, send
from tests.sandbox.running import ANA, SETTINGS, RunningSandbox

SERVICE = "MG" + "0" * 32


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages are small, and pauses short."""
    monkeypatch.setattr(sent, "LARGEST_PAGE", 3)
    monkeypatch.setattr(sent, "_PAUSES", (0.01, 0.01))


def pages(
    url: str, ago: timedelta = timedelta(hours=1), sender: str = SETTINGS.from_number
) -> list[list[SentText]]:
    """What was taken since so long ago."""
    since = (datetime.now(UTC) - ago).replace(microsecond=0)

    async def go() -> list[list[SentText]]:
        listed = sent_since(SETTINGS.account_sid, "token-one", sender, url, since)
        return [list(page) async for page in listed]

    return asyncio.run(go())


@pytest.mark.parametrize("sender", [SETTINGS.from_number, SERVICE], ids=["number", "service"])
def test_all_that_was_taken_is_listed_page_by_page_the_newest_first(
    sandbox: RunningSandbox, sender: str
) -> None:
    sandbox.post("/sandbox/clock", offset_seconds=-2 * 3600)
    for number in range(7):
        send(sandbox.url, body=f"too old {number}")
    sandbox.post("/sandbox/clock", offset_seconds=0)
    for number in range(4):
        send(sandbox.url, body=f"{TRIAL}{number}")
    sandbox.text("what people send is not listed", wait=True)
    found = pages(sandbox.url, sender=sender)
    assert [[text.body for text in page] for page in found] == [["3", "2", "1"], ["0"], []]
    newest = found[0][0]
    assert (newest.recipient, newest.error_code) == (ANA, "")
    assert newest.sid.startswith("SM")
    assert newest.status in {"queued", "sent", "delivered"}
    assert timedelta(0) <= datetime.now(UTC) - newest.taken_at < timedelta(minutes=5)


def test_a_page_is_asked_for_again_and_none_is_left_out(sandbox: RunningSandbox) -> None:
    for number in range(4):
        send(sandbox.url, body=f"{number}")
    sandbox.fault("twilio", "fail", status=503, times=2, match={"path": "*/Messages.json"})
    assert [len(page) for page in pages(sandbox.url)] == [3, 1]


@pytest.mark.parametrize(
    ("status", "away"), [(401, False), (429, True), (503, True)], ids=["refused", "busy", "broken"]
)
def test_a_provider_that_does_not_list_is_not_one_that_took_nothing(
    sandbox: RunningSandbox, status: int, away: bool
) -> None:
    send(sandbox.url)
    sandbox.fault("twilio", "fail", status=status, match={"path": "*/Messages.json"})
    with pytest.raises(AccountProblem, match=str(status)) as problem:
        pages(sandbox.url)
    assert problem.value.away is away


def test_a_provider_that_is_away_may_be_asked_again() -> None:
    with nobody_listening() as url, pytest.raises(AccountProblem) as problem:
        pages(url)
    assert problem.value.away
