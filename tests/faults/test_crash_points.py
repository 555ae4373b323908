"""kill -9 of the worker at every step of a text's path: exactly one turn and one text each time
(acceptance 15)."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from protos.conversation.v1 import conversation_pb2 as conversation
from services.jobs.safety.crisis import SUICIDE
from services.jobs.safety.replies import crisis_reply
from tests.faults.workers import a_worker
from tests.world.waiting import until
from tests.world.world import World

pytestmark = pytest.mark.slow

INBOUND = conversation.Direction.DIRECTION_INBOUND

POINTS = [
    "ClaimJobs:after:1",  # claimed process_inbound_sms, nothing done
    "EnsureUser:before:1",
    "EnsureUser:after:1",
    "RecordContact:after:1",
    "RecordInboundMessage:before:1",
    "RecordInboundMessage:after:1",
    "SettleJobs:before:1",  # the text is recorded, its answer not asked for
    "SettleJobs:after:1",
    "ClaimJobs:after:2",  # claimed answer_sms
    "OpenTurn:after:1",
    "agent.answer:before:1",
    "agent.answer:after:1",
    "PrepareOutboundMessage:before:1",
    "PrepareOutboundMessage:after:1",
    "SettleJobs:before:2",  # prepared, not asked to be sent
    "SettleJobs:after:2",
    "ClaimJobs:after:3",  # claimed send_answer
    "BeginSend:before:1",
    "BeginSend:after:1",
    "carrier.send:before:1",
    "carrier.send:after:1",  # accepted by Twilio, its id not stored
    "RecordSendAccepted:before:1",
    "RecordSendAccepted:after:1",  # its id stored, the job not settled
    "SettleJobs:before:3",
    "SettleJobs:after:3",
]

CRISIS_POINTS = [
    "ClaimJobs:after:1",
    "SettleJobs:before:1",
    "SettleJobs:after:1",
    "BeginSend:before:1",
    "BeginSend:after:1",
    "carrier.send:before:1",
    "carrier.send:after:1",
    "SettleJobs:before:2",
]


class LaterClock:
    """A clock that is ahead, so that a test need not wait until a look-up counts."""

    def __init__(self, ahead: timedelta) -> None:
        self._ahead = ahead

    def now(self) -> datetime:
        """See Clock."""
        return datetime.now(UTC) + self._ahead


def leases_run_out(world: World) -> None:
    """As if the longest lease had passed since the worker died."""
    with psycopg.connect(world.databases["jobs"].admin, autocommit=True) as admin:
        admin.execute("UPDATE jobs.jobs SET lease_until = now() WHERE lease_until > now()")


def dies_and_another_takes_over(
    world: World, point: str, folder: Path, *, model: bool = False
) -> None:
    with a_worker(world, "crashing_worker", point, folder, model=model) as first:
        assert first.end() == -signal.SIGKILL, first.said
        assert first.has_come_to_its_point
    leases_run_out(world)
    world.parts.start_worker(clock=LaterClock(timedelta(seconds=60)))
    world.rests()
    world.parts.stop_worker()


@pytest.fixture
def workerless(world: World) -> Iterator[World]:
    world.parts.stop_worker()
    yield world
    world.parts.start_worker()


@pytest.mark.parametrize("point", POINTS)
def test_a_worker_killed_anywhere_on_the_path_of_a_text_leaves_one_turn_and_one_text(
    workerless: World, tmp_path: Path, point: str
) -> None:
    world = workerless
    ana = world.new_number()
    world.texts(ana, "hello")
    dies_and_another_takes_over(world, point, tmp_path)
    until(lambda: world.phone(ana).received, "the answer")
    assert len(world.phone(ana).received) == 1
    said = world.transcript(ana)
    assert [m.direction == INBOUND for m in said] == [True, False]
    assert said[1].provider_sid == world.phone(ana).received[0].sid


@pytest.mark.parametrize("point", CRISIS_POINTS)
def test_a_worker_killed_anywhere_on_the_path_of_a_crisis_leaves_one_reply(
    workerless: World, tmp_path: Path, point: str
) -> None:
    world = workerless
    ana = world.new_number()
    world.texts(ana, "I want to die")
    dies_and_another_takes_over(world, point, tmp_path)
    assert len(world.phone(ana).received) == 1
    assert world.profile_of(ana).crisis_open
    said = world.transcript(ana)
    assert sorted(m.direction == INBOUND for m in said) == [False, True]


def test_a_worker_killed_after_the_assistant_reported_a_crisis_leaves_one_reply(
    workerless: World, tmp_path: Path
) -> None:
    """The next one finds the reply in the ledger, and asks no model, which says otherwise now."""
    world = workerless
    ana = world.new_number()
    world.texts(ana, "everything is paid and the dog has a new home")
    arguments = {"kind": "suicide", "language": "en"}
    report = {"tool": "report_crisis", "arguments": arguments}
    world.fault("openai", "script", body=report, times=1)
    world.fault("openai", "script", body="How was your day?")
    dies_and_another_takes_over(world, "SettleJobs:before:2", tmp_path, model=True)
    world.clear_faults()
    assert world.phone(ana).bodies == [crisis_reply(SUICIDE, "en", ana)]
    assert world.profile_of(ana).crisis_open
    said = world.transcript(ana)
    assert [m.direction == INBOUND for m in said] == [True, False]
