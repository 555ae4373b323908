"""The jobs process as it runs: TLS, access, replicas that wake each other, a drain."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import pytest

from kit.refusals import refusal_of
from protos.jobs.v1 import jobs_pb2 as pb
from protos.jobs.v1.jobs_pb2_grpc import JobsServiceStub
from services.jobs.model.signal import Signals
from tests.databases import Databases
from tests.jobs.queue.replica import Replica
from tests.jobs.queue.vocabulary import duration, job, stripe, text, until

pytestmark = pytest.mark.slow


@pytest.fixture
def replica(
    databases: Databases, certificates: Path, truncate: Callable[[str], None]
) -> Iterator[Replica]:
    truncate("jobs")
    running = Replica(databases["jobs"], certificates)
    yield running
    running.stop()


def poll(stub: JobsServiceStub, worker: str, seconds: float) -> list[str]:
    slots = [pb.Slots(types=["process_inbound_sms", "probe"], count=1)]
    request = pb.ClaimJobsRequest(worker_id=worker, slots=slots, wait=duration(seconds))
    return [each.job.key for each in stub.ClaimJobs(request).jobs]


def reason_of(call: Callable[[], object]) -> str:
    with pytest.raises(grpc.RpcError) as refused:
        call()
    return refusal_of(refused.value).reason


def test_each_caller_may_do_what_the_contract_grants_it(replica: Replica) -> None:
    gateway, worker = replica.stub("gateway"), replica.stub("worker")
    allowed = pb.EnqueueJobRequest(job=job("twilio:SM1", text()))
    refused = pb.EnqueueJobRequest(job=job("k"))
    assert gateway.EnqueueJob(allowed).job.created
    assert reason_of(lambda: gateway.EnqueueJob(refused)) == "TYPE_NOT_ALLOWED"
    both = pb.EnqueueJobsRequest(jobs=[job("k"), job("stripe:evt_1", stripe())])
    no, yes = gateway.EnqueueJobs(both).results
    assert (no.error.reason, yes.job.created) == ("TYPE_NOT_ALLOWED", True)
    assert worker.EnqueueJob(refused).job.created
    claim = pb.ClaimJobsRequest(worker_id="g")
    assert reason_of(lambda: gateway.ClaimJobs(claim)) == "ACCESS_DENIED"
    assert reason_of(lambda: replica.stub("billing").EnqueueJob(allowed)) == "ACCESS_DENIED"
    sandbox = replica.stub("sandbox")
    assert sandbox.ListJobs(pb.ListJobsRequest(type="probe")).jobs[0].key == "k"
    assert reason_of(lambda: sandbox.GetJob(pb.GetJobRequest(key="k"))) == "ACCESS_DENIED"


def test_operators_are_refused_while_identity_cannot_be_asked(replica: Replica) -> None:
    operator = replica.stub("operator")
    assert reason_of(lambda: operator.ListJobs(pb.ListJobsRequest())) == "ROLES_UNAVAILABLE"


def test_a_drain_sends_polls_home_and_ends(replica: Replica) -> None:
    worker = replica.stub("worker")
    with ThreadPoolExecutor(1) as pool:
        polling = pool.submit(poll, worker, "w1", 20)
        until(lambda: replica.metric("polls") == 1)
        started = time.monotonic()
        replica.stop()
        assert polling.result() == []
        assert time.monotonic() - started < 10


def test_signals_reach_the_others_and_not_oneself(databases: Databases) -> None:
    async def exchange() -> tuple[list[dict[str, int]], list[dict[str, int]]]:
        first, second = Signals(databases["jobs"].writer), Signals(databases["jobs"].writer)
        heard: tuple[list[dict[str, int]], list[dict[str, int]]] = ([], [])
        async with asyncio.TaskGroup() as tasks:
            running = [
                tasks.create_task(signals.run(lambda ready, to=to: to.append(dict(ready))))  # type: ignore[misc]
                for signals, to in zip((first, second), heard, strict=True)
            ]
            while not heard[1]:
                first.send({"probe": 1})
                first.send({"probe": 2})
                await asyncio.sleep(0.05)
            for task in running:
                task.cancel()
        return heard

    own, others = asyncio.run(asyncio.wait_for(exchange(), 60))
    assert own == []
    assert others[0]["probe"] >= 3


def test_a_signal_that_met_a_connection_which_was_cut_is_sent_over_the_next(
    databases: Databases,
) -> None:
    import psycopg

    async def exchange() -> None:
        first, second = Signals(databases["jobs"].writer), Signals(databases["jobs"].writer)
        heard: Counter[str] = Counter()
        came = asyncio.Event()

        def hear(ready: Mapping[str, int]) -> None:
            heard.update(ready)
            if "answer_sms" in ready:
                came.set()

        async with asyncio.TaskGroup() as tasks:
            running = [tasks.create_task(each.run(hear)) for each in (first, second)]
            # Until each has heard the other: one that has heard nobody keeps its signals to itself.
            while not {"probe", "send_notice"} <= heard.keys():
                first.send({"probe": 1})
                second.send({"send_notice": 1})
                await asyncio.sleep(0.05)
            with psycopg.connect(databases["jobs"].admin) as admin:
                # Of the one that sends; who hears goes on hearing.
                cut = admin.execute(
                    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                    " WHERE application_name = 'respite-jobs-signals'"
                    " AND datname = current_database() AND query LIKE '%pg_notify%'"
                ).fetchall()
            assert (True,) in cut
            first.send({"answer_sms": 7})
            await came.wait()
            assert heard["answer_sms"] == 7
            for task in running:
                task.cancel()

    asyncio.run(asyncio.wait_for(exchange(), 60))


def test_signals_come_back_after_their_connection_was_cut(databases: Databases) -> None:
    import psycopg

    async def exchange() -> None:
        first, second = Signals(databases["jobs"].writer), Signals(databases["jobs"].writer)
        heard: list[object] = []
        async with asyncio.TaskGroup() as tasks:
            running = [tasks.create_task(each.run(heard.append)) for each in (first, second)]
            while not heard:
                first.send({"probe": 1})
                await asyncio.sleep(0.05)
            with psycopg.connect(databases["jobs"].admin) as admin:
                admin.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE application_name = 'respite-jobs-signals'"
                )
            heard.clear()
            while not heard:
                first.send({"probe": 1})
                await asyncio.sleep(0.05)
            for task in running:
                task.cancel()

    asyncio.run(asyncio.wait_for(exchange(), 60))
