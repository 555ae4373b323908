"""What reached the providers while the whole line was off comes back, once (acceptance 19, 21)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from protos.billing.v1 import billing_pb2 as billing
from protos.conversation.v1 import conversation_pb2 as conversation
from protos.jobs.v1 import jobs_pb2 as jobs
from protos.profile.v1 import profile_pb2 as profile
from tests.world.waiting import until
from tests.world.world import Ahead, World

pytestmark = pytest.mark.slow

INBOUND = conversation.Direction.DIRECTION_INBOUND
LATER = timedelta(minutes=4)


@pytest.fixture
def line(world: World) -> Iterator[World]:
    """The world, whose worker has the machine's clock again in the end."""
    yield world
    world.parts.stop_worker()
    world.parts.start_worker()


def gives_up(world: World) -> None:
    """Waits until the providers have given up every post."""
    until(
        lambda: world.sandbox.call("GET", "/sandbox/status")["webhooks_waiting"] == 0,
        "the providers to give up",
        30,
    )


def test_what_reached_the_providers_while_everything_was_off_has_one_effect_each(
    line: World,
) -> None:
    ana, ben, cleo, dora = (line.new_number() for _ in range(4))
    line.texts(ana, "hello")
    line.receives(ana)
    line.reconciles()
    with line.off(back_after=LATER):
        sids = [line.texts(ana, "are you there?"), line.texts(ana, "hello?")]
        line.texts(ben, "STOP")
        line.texts(cleo, "I want to die")
        line.subscribes(dora, link="phone")
        gives_up(line)
        posted = line.sandbox.webhooks("sms") + line.sandbox.webhooks("stripe")
        assert [each["state"] for each in posted].count("gave_up") > 4
    assert not line.has_job(f"twilio:{sids[0]}")

    came_back = line.reconciles()
    line.receives(dora)
    asked = [m.provider_sid for m in line.transcript(ana) if m.direction == INBOUND]
    assert asked[1:] == sids
    assert 2 <= len(line.phone(ana).received) <= 3
    assert not unanswered(line, ana)
    assert line.profile_of(ben).sms_consent == profile.SmsConsent.SMS_CONSENT_OPTED_OUT
    assert len(line.phone(ben).received) == 1
    assert ["988" in body for body in line.phone(cleo).bodies] == [True]
    assert len(episodes(line, cleo)) == 1
    assert access(line, dora).granted
    assert ["Welcome" in body for body in line.phone(dora).bodies] == [True]
    assert came_back["reconcile_twilio"].endswith(": 4 came back")
    assert not came_back["reconcile_stripe"].endswith(": 0 came back")

    received = {number: len(line.phone(number).received) for number in (ana, ben, cleo, dora)}
    again = line.reconciles()
    assert {result.partition(": ")[2] for result in again.values()} == {"0 came back"}
    assert {n: len(line.phone(n).received) for n in received} == received
    assert not line.jobs_of_type("reconcile_twilio", jobs.JOB_STATE_DEAD)
    assert not line.jobs_of_type("process_inbound_sms", jobs.JOB_STATE_DEAD)


def test_a_pass_over_what_was_already_processed_creates_nothing(line: World) -> None:
    ana = line.new_number()
    line.texts(ana, "hello")
    line.receives(ana)
    line.subscribes(ana, user_id=line.user_id(ana), link="metadata")
    line.receives(ana, 2)
    line.parts.stop_worker()
    line.parts.start_worker(clock=Ahead(LATER))
    line.reconciles()
    assert len(line.phone(ana).received) == 2
    assert len(line.transcript(ana)) == 3


def unanswered(world: World, number: str) -> bool:
    request = conversation.ListUnansweredMessagesRequest(user_id=world.user_id(number))
    return bool(world.conversation.ListUnansweredMessages(request).messages)


def episodes(world: World, number: str) -> list[profile.CrisisEpisode]:
    request = profile.ListCrisesRequest(user_id=world.user_id(number))
    return list(world.operator_profile.ListCrises(request).crises)


def access(world: World, number: str) -> billing.Access:
    request = billing.GetAccessRequest(user_id=world.user_id(number))
    return world.billing.GetAccess(request).access
