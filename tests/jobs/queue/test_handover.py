"""A job that is stored for a worker that waits is leased to it by the same transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest

from protos.jobs.v1 import jobs_pb2 as pb
from services.jobs.model.claim import Slots
from services.jobs.switchboard import Switchboard
from tests.jobs.queue.handing import (
    PATIENCE,
    WAIT,
    all_are_at_rest,
    plant,
    waiting,
    was_handed_over,
)
from tests.jobs.queue.promises import breaches
from tests.jobs.queue.racing import are_waiting
from tests.jobs.queue.vocabulary import (
    Queue,
    answer,
    delivery,
    duration,
    in_seconds,
    text,
    until,
)


@pytest.fixture(autouse=True)
def _promises_are_kept(queue: Queue) -> Iterator[None]:
    yield
    assert breaches(queue.admin) == []


def test_one_transaction_stores_a_job_and_leases_it_to_the_worker_that_waits(queue: Queue) -> None:
    headers = {"traceparent": "00-1"}
    claimed_before = queue.running.metric("claimed_total", type="probe")
    with waiting(queue) as polling:
        stored = queue.enqueue("handed", headers=headers)
        [handed] = polling.result()
    assert was_handed_over(queue, "handed")
    assert stored == pb.EnqueuedJob(job_id=handed.job.job_id, created=True)
    assert queue.running.metric("claimed_total", type="probe") == claimed_before + 1
    queue.enqueue("claimed", headers=headers)
    claimed = queue.claim_one(worker="w2")
    assert not was_handed_over(queue, "claimed")
    assert handed.job.run_time == handed.job.create_time
    for each in (handed, claimed):
        for own in ("job_id", "key", "run_time", "create_time"):
            each.job.ClearField(own)
        each.ClearField("age")
        each.ClearField("lease")
    assert handed == claimed
    row = (
        "SELECT type, lane, priority, claim, settled_claim, attempt, last_error, headers, payload,"
        " blocked, cancel_requested, first_claimed_at IS NOT NULL, place = id,"
        " lease_until - updated_at FROM jobs.jobs ORDER BY id"
    )
    first, second = queue.admin.execute(row.encode()).fetchall()
    assert first == second


def test_what_was_handed_over_is_settled_extended_and_remembered_like_any_claim(
    queue: Queue,
) -> None:
    with waiting(queue) as polling:
        queue.enqueue("a")
        [handed] = polling.result()
    assert queue.claim(held=[handed]) == []
    assert queue.complete(handed) == "DONE"
    with waiting(queue) as polling:
        queue.enqueue("b")
        polling.result()
    # Its answer was lost: it comes again, and the attempt was none.
    again = queue.claim_one()
    assert (again.job.key, again.claim, again.job.attempt) == ("b", 2, 1)
    assert queue.complete(again) == "DONE"


@pytest.mark.parametrize("kind", ["process_inbound_sms", "probe"])
def test_what_waits_for_longer_and_is_as_urgent_comes_first(queue: Queue, kind: str) -> None:
    with waiting(queue, "probe", "process_inbound_sms", count=1) as polling:
        plant(queue, "planted", kind, 0 if kind == "process_inbound_sms" else 2)
        queue.enqueue("k")
        [first] = polling.result()
    assert first.job.key == "planted"
    assert queue.state("k") == "READY"


def test_what_is_less_urgent_or_of_another_class_of_places_holds_nothing_up(queue: Queue) -> None:
    with waiting(queue, "probe", "process_inbound_sms", count=1) as polling:
        plant(queue, "planted", "probe", 2)
        plant(queue, "planted too", "send_notice", 0)
        queue.enqueue("k", text())
        [first] = polling.result()
    assert first.job.key == "k"
    assert was_handed_over(queue, "k")


def test_a_stream_of_new_jobs_does_not_starve_what_waits(queue: Queue) -> None:
    """A worker with one place, jobs that come as fast as it asks, and one nobody was told of."""
    given: list[str] = []
    for number in range(6):
        with waiting(queue, count=1) as polling:
            if number == 3:
                plant(queue, "planted", "probe", 2)
            queue.enqueue(f"k{number}")
            [claimed] = polling.result()
        given.append(claimed.job.key)
        queue.complete(claimed)
        if number == 3:
            queue.complete(queue.claim_one())
    assert given == ["k0", "k1", "k2", "planted", "k4", "k5"]


def test_a_job_in_a_lane_takes_the_long_way_and_keeps_its_turn(queue: Queue) -> None:
    with waiting(queue) as polling:
        queue.enqueue("a", answer())
        [first] = polling.result()
    assert not was_handed_over(queue, "a")
    with waiting(queue, held=[first]) as polling:
        queue.enqueue("b", answer())
        queue.enqueue("another")
        assert [each.job.key for each in polling.result()] == ["another"]
    assert queue.state("b") == "BLOCKED"
    assert queue.complete(first) == "DONE"
    assert queue.claim_one("answer_sms", worker="w2").job.key == "b"


def test_nothing_of_a_paused_type_is_handed_over(queue: Queue) -> None:
    with waiting(queue) as polling:
        queue.admin.execute("INSERT INTO jobs.paused_types (type, reason) VALUES ('probe', 'TEST')")
        plant(queue, "planted", "probe", 2)
        queue.enqueue("k")
        all_are_at_rest(queue)
        queue.enqueue("another", delivery("SM1"))
        assert [each.job.key for each in polling.result()] == ["another"]
    assert queue.state("k") == "READY"
    assert was_handed_over(queue, "another")  # it holds up nothing of its priority either


def test_a_worker_that_lost_an_answer_gets_that_back_first(queue: Queue) -> None:
    with waiting(queue) as polling:
        lost = plant(queue, "planted", "probe", 2, worker="w1", lease=60)
        queue.admin.execute(
            "UPDATE jobs.worker_claims SET job_ids = %s, claims = %s WHERE worker = 'w1'",
            [[lost], [1]],
        )
        queue.enqueue("k", text())
        given = polling.result()
    assert not was_handed_over(queue, "k")
    assert [(each.job.key, each.claim) for each in given] == [("k", 1), ("planted", 2)]


def test_a_known_key_and_a_time_to_come_are_handed_to_nobody(queue: Queue) -> None:
    queue.enqueue("k")
    queue.complete(queue.claim_one())
    with waiting(queue) as polling:
        assert not queue.enqueue("k").created
        assert queue.enqueue("k", delivery("SM1")).body_differs
        queue.enqueue("later", run_time=in_seconds(99))
        queue.enqueue("another")
        assert [each.job.key for each in polling.result()] == ["another"]
    assert queue.state("later") == "SCHEDULED"


def test_what_is_handed_to_a_worker_that_goes_away_is_given_back(queue: Queue) -> None:
    """The transaction is held up until the poll is gone."""
    request = pb.ClaimJobsRequest(
        worker_id="w1", slots=[pb.Slots(types=["probe"], count=1)], wait=duration(WAIT)
    )
    switchboard = queue.running.switchboard
    calling = queue.stub.ClaimJobs.future(request)
    until(lambda: switchboard.free_for("probe") is not None, PATIENCE)
    with ThreadPoolExecutor(1) as pool:
        with queue.admin.transaction():
            queue.admin.execute("LOCK TABLE jobs.worker_claims")
            storing = pool.submit(queue.enqueue, "k")
            are_waiting(queue, 1)
            calling.cancel()
            until(lambda: switchboard.polls == 0, PATIENCE)
        assert storing.result().created
    given = queue.claim_one(worker="w2", wait=WAIT)
    assert (given.job.attempt, given.claim) == (1, 2)


def test_a_connection_that_breaks_amid_it_stores_nothing_and_the_worker_waits_on(
    queue: Queue,
) -> None:
    with waiting(queue) as polling, ThreadPoolExecutor(1) as pool:
        with queue.admin.transaction():
            queue.admin.execute("LOCK TABLE jobs.worker_claims")
            storing = pool.submit(queue.enqueue, "k")
            are_waiting(queue, 1)
            queue.admin.execute("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE NOT granted")
        with pytest.raises(grpc.RpcError) as refused:
            storing.result()
        assert refused.value.code() is grpc.StatusCode.UNAVAILABLE
        assert queue.count("job_keys") == 0
        until(lambda: queue.running.switchboard.free_for("probe") is not None, PATIENCE)
        queue.enqueue("k")
        [handed] = polling.result()
    assert (handed.job.key, handed.claim) == ("k", 1)


def test_two_calls_with_one_key_hand_it_to_one_of_two_workers(queue: Queue) -> None:
    for turn in range(10):
        with (
            waiting(queue, worker=f"a{turn}") as one,
            waiting(queue, worker=f"b{turn}") as other,
            ThreadPoolExecutor(2) as pool,
        ):
            calls = [pool.submit(queue.enqueue, f"k{turn}") for _ in range(2)]
            stored = [call.result() for call in calls]
            until(lambda one=one, other=other: one.done() or other.done(), PATIENCE)  # type: ignore[misc]
            all_are_at_rest(queue)
            queue.enqueue(f"another {turn}")
            given = {each.job.key: each for each in one.result() + other.result()}
        assert given.keys() == {f"k{turn}", f"another {turn}"}
        assert sorted(each.created for each in stored) == [False, True]
        assert {each.job_id for each in stored} == {given[f"k{turn}"].job.job_id}
        for each in given.values():
            assert queue.complete(each) == "DONE"


def test_amid_many_callers_and_workers_each_job_is_given_once(queue: Queue) -> None:
    callers, each_stores, workers = 4, 40, 4
    total = callers * each_stores

    def store(number: int) -> None:
        for turn in range(each_stores):
            queue.enqueue(f"{number}-{turn}")

    given: list[int] = []

    def work(number: int) -> None:
        while len(given) < total:
            some = queue.claim("probe", worker=f"w{number}", count=2, wait=0.2)
            given.extend(each.job.job_id for each in some)
            for each in some:
                assert queue.complete(each) == "DONE"

    with ThreadPoolExecutor(callers + workers) as pool:
        working = [pool.submit(work, number) for number in range(workers)]
        storing = [pool.submit(store, number) for number in range(callers)]
        for each in (*storing, *working):
            each.result()
    assert len(given) == len(set(given)) == total
    assert queue.count("jobs") == 0


# -- who waits and who is told -----------------------------------------------------------------


def resting(act: Callable[[Switchboard], None]) -> bool:
    """Whether a poll of one worker goes on after something was done about it."""

    async def run() -> bool:
        switchboard = Switchboard()
        with switchboard.poll("w1", [Slots(("probe", "send_notice"), 1)], []) as poll:
            poll.expect()
            waits = asyncio.ensure_future(poll.wait(WAIT))
            await asyncio.sleep(0)
            act(switchboard)
            for _ in range(100):  # rounds of the loop, of which whoever is woken needs a few
                await asyncio.sleep(0)
            goes_on = waits.done()
            waits.cancel()
            return goes_on

    return asyncio.run(run())


def test_what_rings_while_a_job_is_stored_for_a_poll_is_heard_after_that() -> None:
    def ring_amid(switchboard: Switchboard, *, release: bool) -> None:
        poll = switchboard.free_for("probe")
        assert poll is not None
        poll.reserve("probe")
        assert switchboard.free_for("probe") is None
        switchboard.ring({"send_notice": 1})
        if release:
            poll.release()

    assert not resting(lambda switchboard: ring_amid(switchboard, release=False))
    assert resting(lambda switchboard: ring_amid(switchboard, release=True))


def test_a_poll_for_which_a_job_is_stored_takes_nobody_elses_call() -> None:
    async def run() -> None:
        switchboard = Switchboard()
        slots = [Slots(("probe",), 1)]
        with switchboard.poll("w1", slots, []) as one, switchboard.poll("w2", slots, []) as other:
            waits = [asyncio.ensure_future(poll.wait(WAIT)) for poll in (one, other)]
            await asyncio.sleep(0)
            one.reserve("probe")
            switchboard.ring({"probe": 1})
            assert not other.is_waiting
            one.release()
            await asyncio.gather(*waits)

    asyncio.run(run())
