"""Asking the provider which texts it was handed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from services.jobs.carrier import Accepted
from tests.jobs.carrier.calling import BODY, call, find, nobody_listening, send
from tests.sandbox.gateway import wait_until
from tests.sandbox.running import ANA, RunningSandbox


def taken(sandbox: RunningSandbox, body: str = BODY, to: str = ANA) -> str:
    said = send(sandbox.url, to, body)
    assert isinstance(said, Accepted)
    return said.sid


def test_texts_with_one_body_are_found_oldest_first(sandbox: RunningSandbox) -> None:
    sids = [taken(sandbox) for _ in range(3)]
    assert find(sandbox) == sids


def test_other_bodies_and_other_people_are_not_meant(sandbox: RunningSandbox) -> None:
    taken(sandbox, body=BODY + "!")
    taken(sandbox, to="+12025550102")
    assert find(sandbox) == []


def test_what_the_person_wrote_is_not_ours(sandbox: RunningSandbox) -> None:
    sandbox.text(BODY, wait=True)
    assert find(sandbox) == []
    assert find(sandbox, to=sandbox.settings.from_number) == []


def test_older_texts_are_not_meant(sandbox: RunningSandbox) -> None:
    taken(sandbox)
    assert find(sandbox, since=datetime.now(UTC) + timedelta(seconds=5)) == []


def test_a_text_whose_answer_was_lost_is_found(sandbox: RunningSandbox) -> None:
    sandbox.fault("twilio", "drop_after_accept", times=1)
    send(sandbox.url)
    assert find(sandbox) == [sandbox.phone()[0]["sid"]]


def test_a_text_of_a_trial_account_is_found_under_the_words_put_before_it(
    sandbox: RunningSandbox,
) -> None:
    sid = taken(sandbox, body="Sent from your Twilio trial account - " + BODY)
    assert find(sandbox) == [sid]


def test_a_list_that_lags_shows_it_later(sandbox: RunningSandbox) -> None:
    def lags(seconds: float) -> bool:
        sandbox.fault("twilio", "list_lag", seconds=seconds, times=1)
        sid = taken(sandbox)
        at_first = find(sandbox)
        assert at_first is not None
        wait_until(lambda: sid in (find(sandbox) or []), "the list to catch up")
        return sid not in at_first

    # A machine that is busy for longer than that gets another try.
    assert any(lags(seconds) for seconds in (0.5, 3, 15))


def test_more_than_a_page_of_texts_is_read_in_one_request(sandbox: RunningSandbox) -> None:
    first = taken(sandbox)
    for number in range(60):
        sandbox.twilio().messages.create(
            to=ANA, from_=sandbox.settings.from_number, body=f"text {number}"
        )
    before = sandbox.counts("twilio")
    assert find(sandbox) == [first]
    listed = {
        name: count - before.get(name, 0)
        for name, count in sandbox.counts("twilio").items()
        if name.startswith("GET")
    }
    assert sum(listed.values()) == 1


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "fail", "status": 500},
        {"kind": "fail", "status": 429},
        {"kind": "fail", "status": 200, "body": "[]"},
        {"kind": "fail", "status": 200, "body": "<html>"},
        {"kind": "timeout"},
    ],
)
def test_a_provider_that_cannot_be_asked_is_not_one_that_has_nothing(
    sandbox: RunningSandbox, fault: dict[str, object]
) -> None:
    sandbox.fault("twilio", **fault)  # type: ignore[arg-type]
    since = datetime.now(UTC) - timedelta(hours=1)
    limit = timedelta(seconds=0.3)
    assert call(sandbox.url, lambda it: it.find(ANA, BODY, since), request_timeout=limit) is None


def test_a_provider_that_is_away_cannot_be_asked() -> None:
    with nobody_listening() as url:
        since = datetime.now(UTC)
        assert call(url, lambda carrier: carrier.find(ANA, BODY, since)) is None
