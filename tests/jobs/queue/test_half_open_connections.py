"""A worker that comes back by a new connection is not harmed by what the service still does for the
call that waits on the old one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest

from protos.jobs.v1 import jobs_pb2 as pb
from protos.jobs.v1.jobs_pb2_grpc import JobsServiceStub
from tests.jobs.queue.handing import PATIENCE, WAIT, plant
from tests.jobs.queue.promises import breaches
from tests.jobs.queue.racing import are_waiting
from tests.jobs.queue.replica import Replica
from tests.jobs.queue.vocabulary import ALL, Caller, Queue, duration, until
from tests.world.loop import Loop
from tests.world.wire import Wire

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def callers(replicas: Sequence[Replica]) -> Sequence[Caller]:
    """The same workers at either replica."""
    return [each.caller("admin") for each in replicas]


@pytest.fixture(scope="module")
def loop() -> Iterator[Loop]:
    running = Loop()
    yield running
    running.close()


@pytest.fixture
def wire(loop: Loop, replicas: Sequence[Replica]) -> Iterator[Wire]:
    """To the first replica."""
    wire = Wire(replicas[0].port)
    loop.run(wire.start())
    yield wire
    loop.run(wire.become("cut"))


@pytest.fixture(autouse=True)
def _promises_are_kept(queue: Queue) -> Iterator[None]:
    yield
    assert breaches(queue.admin) == []


def begins_to_wait(queue: Queue, stub: JobsServiceStub) -> grpc.Future[pb.ClaimJobsResponse]:
    """The first call of worker w1, which has found nothing."""
    request = pb.ClaimJobsRequest(
        worker_id="w1", slots=[pb.Slots(types=ALL, count=10)], wait=duration(WAIT), poll=1
    )
    waiting = stub.ClaimJobs.future(request)
    until(lambda: queue.count("worker_claims") == 1, PATIENCE)
    return waiting


@pytest.mark.parametrize("back_at", [0, 1])
def test_a_call_whose_connection_is_half_open_is_given_no_job_and_gives_none_back(
    queue: Queue,
    replicas: Sequence[Replica],
    callers: Sequence[Caller],
    wire: Wire,
    loop: Loop,
    back_at: int,
) -> None:
    """Its worker is back at the same replica or at the other."""
    ghosts = begins_to_wait(queue, replicas[0].stub("worker", wire.port))
    loop.run(wire.become("jammed"))
    ghost, back = callers[0], callers[back_at]
    running = plant(queue, "running", "send_notice", 2)
    [held] = back.claim("send_notice", poll=2)
    assert held.job.job_id == running

    ghost.enqueue("next")  # wakes whoever waits the longest
    with ThreadPoolExecutor(1) as pool:
        others = pool.submit(ghost.claim_one, worker="w2", wait=WAIT)
        assert others.result(PATIENCE).job.key == "next"
    until(lambda: replicas[0].metric("polls") == 0, PATIENCE)
    assert not ghosts.done()
    assert back.complete(held) == "DONE"


def test_what_an_old_call_is_given_as_the_new_one_comes_is_given_to_the_new_one(
    queue: Queue, callers: Sequence[Caller]
) -> None:
    """Both are under way at once; the old one was first, and nobody hears its answer."""
    queue.enqueue("k")
    with ThreadPoolExecutor(2) as pool:
        with queue.admin.transaction():
            queue.admin.execute("LOCK TABLE jobs.paused_types")
            old = pool.submit(callers[0].claim, "probe", poll=1)
            are_waiting(queue, 1)
            new = pool.submit(callers[1].claim, "probe", poll=2)
            are_waiting(queue, 2)
        [lost], [given] = old.result(PATIENCE), new.result(PATIENCE)
    assert (lost.claim, given.claim) == (1, 2)
    assert callers[0].complete(lost) == "STALE_CLAIM"
    assert callers[1].complete(given) == "DONE"


def test_what_is_stored_for_a_call_as_a_newer_one_comes_is_ready(
    queue: Queue, callers: Sequence[Caller]
) -> None:
    """The old one is chosen before its worker is back, which nobody has told this replica of."""
    waiting = begins_to_wait(queue, callers[0].stub)
    assert callers[1].claim("send_notice", poll=2) == []
    callers[0].enqueue("k")
    assert list(waiting.result(PATIENCE).jobs) == []
    assert callers[1].claim_one("probe", worker="w2", wait=WAIT).job.key == "k"


def test_a_worker_that_numbers_no_call_is_served_as_ever(callers: Sequence[Caller]) -> None:
    for key in ("a", "b"):
        callers[0].enqueue(key)
    held: list[pb.ClaimedJob] = []
    for caller in callers:
        held += caller.claim("probe", count=1, held=held)
    assert sorted(each.job.key for each in held) == ["a", "b"]
