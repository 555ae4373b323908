"""A worker that is stopped for longer than its lease, while another takes its job, and then goes on
as if nothing had happened: no second text, no second turn (acceptance 16)."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from protos.conversation.v1 import conversation_pb2 as conversation
from services.jobs.carrier import REQUEST_TIMEOUT
from tests.faults.freezing_worker import TOLD
from tests.faults.test_crash_points import LaterClock
from tests.faults.workers import NEVER, WorkerProcess, a_worker, its_leases_run_out
from tests.world.waiting import until
from tests.world.world import World

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc"),
]

INBOUND = conversation.Direction.DIRECTION_INBOUND
REFUSED = '"STALE_CLAIM"'
CUT_OFF = '"lease_lost"'

# Where too little of the lease is left for a request to the provider.
TOO_LATE = TOLD - REQUEST_TIMEOUT


@pytest.fixture
def workerless(world: World) -> Iterator[World]:
    world.parts.stop_worker()
    yield world
    world.parts.start_worker()


def another_takes_over(world: World, frozen: WorkerProcess) -> None:
    """Everything is done by another worker while this one stands still."""

    def is_done() -> bool:
        # Its open poll may be handed a job even now; of that, too, the lease runs out.
        its_leases_run_out(world, frozen)
        return not world.unsettled()

    world.parts.start_worker(clock=LaterClock(timedelta(seconds=60)))
    until(is_done, "the other worker to do everything", 60)
    world.rests()


def goes_on(world: World, frozen: WorkerProcess, since: float, *signs: str) -> None:
    """Lets it go on, once the lease that it believes in is used up, until it has understood."""
    over = since + TOO_LATE.total_seconds()
    until(lambda: time.monotonic() > over, "the time of its lease")
    frozen.thaw()
    until(lambda: any(sign in frozen.said for sign in signs), f"{signs} in {frozen.said}")
    frozen.ends()
    world.rests()


def one_turn_and_one_text(world: World, number: str) -> bool:
    said = world.transcript(number)
    [text] = world.phone(number).received
    return [m.direction == INBOUND for m in said] == [True, False] and said[
        1
    ].provider_sid == text.sid


@pytest.mark.parametrize(
    ("point", "signs"),
    [
        ("SettleJobs:before:2", [REFUSED]),  # of answer_sms: its text is prepared
        ("BeginSend:after:1", [REFUSED, CUT_OFF]),  # it holds the right to send
        (
            "carrier.send:before:1",
            [REFUSED, CUT_OFF],
        ),  # the last look of its workflow
    ],
)
def test_a_worker_that_slept_through_its_lease_sends_nothing_and_its_settle_is_refused(
    workerless: World, tmp_path: Path, point: str, signs: list[str]
) -> None:
    world = workerless
    ana = world.new_number()
    world.texts(ana, "hello")
    with a_worker(world, "freezing_worker", point, tmp_path) as frozen:
        frozen.freezes()
        since = time.monotonic()
        another_takes_over(world, frozen)
        assert one_turn_and_one_text(world, ana)
        goes_on(world, frozen, since, *signs)
        world.parts.stop_worker()
    assert one_turn_and_one_text(world, ana)


def test_a_crisis_reply_is_not_sent_again_by_a_worker_that_slept_through_its_lease(
    workerless: World, tmp_path: Path
) -> None:
    world = workerless
    ana = world.new_number()
    world.texts(ana, "I want to die")
    with a_worker(world, "freezing_worker", "BeginSend:after:1", tmp_path) as frozen:
        frozen.freezes()
        since = time.monotonic()
        another_takes_over(world, frozen)
        assert len(world.phone(ana).received) == 1
        goes_on(world, frozen, since, REFUSED, CUT_OFF)
        world.parts.stop_worker()
    assert len(world.phone(ana).received) == 1
    assert world.profile_of(ana).crisis_open


def test_an_answer_of_the_model_that_comes_after_the_lease_is_not_a_second_turn(
    workerless: World, tmp_path: Path
) -> None:
    world = workerless
    ana = world.new_number()
    asked = sum(world.sandbox.counts("openai").values())
    world.fault("openai", "delay", seconds=2, times=1)
    world.fault("openai", "script", body={"text": "I heard you late."}, times=1)
    world.texts(ana, "hello")
    with a_worker(world, "freezing_worker", NEVER, tmp_path, model=True) as frozen:
        until(lambda: sum(world.sandbox.counts("openai").values()) > asked, "the model call", 60)
        frozen.freeze()
        since = time.monotonic()
        another_takes_over(world, frozen)
        assert one_turn_and_one_text(world, ana)
        goes_on(world, frozen, since, REFUSED, CUT_OFF)
        world.parts.stop_worker()
    assert one_turn_and_one_text(world, ana)
    assert "late" not in world.phone(ana).bodies[0]
