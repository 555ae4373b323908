"""Nobody knows whether the provider took a text: it is looked up before it is ever sent again
(domain.md section 11)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.faults.test_crash_points import LaterClock
from tests.world.waiting import until
from tests.world.world import World

pytestmark = pytest.mark.slow

CREATE = "POST /2010-04-01/Accounts/{account}/Messages.json"
LIST = "GET /2010-04-01/Accounts/{account}/Messages.json"
POST = {"method": "POST"}


@pytest.mark.parametrize("body", ["hello", "I want to die"])
def test_a_text_that_the_provider_never_took_is_sent_once_and_not_before_that_is_sure(
    world: World, body: str
) -> None:
    ana = world.new_number()
    before = world.sandbox.counts("twilio")

    def asked(what: str) -> int:
        return world.sandbox.counts("twilio").get(what, 0) - before.get(what, 0)

    world.fault("twilio", "timeout", seconds=0.5, times=1, match={**POST, "To": ana})
    world.texts(ana, body)
    until(lambda: asked(LIST) >= 1, "a look-up")
    assert asked(CREATE) == 1
    assert world.phone(ana).received == ()
    with world.worker(clock=LaterClock(timedelta(seconds=60))):
        world.receives(ana, seconds=30)
    assert asked(CREATE) == 2
    assert len(world.phone(ana).received) == 1
    assert world.transcript(ana)[-1].provider_sid == world.phone(ana).received[0].sid
