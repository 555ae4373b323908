"""The whole path of a text: a webhook's job, four services, an answer, a send job, sent.

The jobs of the webhooks are there before the worker starts. Counted by the database's clock from
the first claim of one of them to the end of the last send job.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from datetime import datetime
from typing import Any

import uvloop

from bench.peers import cpu, database
from bench.peers.adapters import respite_queue
from bench.posts import TEXT, new_sid, number_of
from bench.stack import Stack, bench_home
from protos.jobs.v1.jobs_pb2 import NewJob
from protos.jobs.v1.payloads_pb2 import JobPayload, ProcessInboundSms
from respite.processes import SERVICES
from respite.providers import SANDBOX_ACCOUNT_SID, SANDBOX_FROM_NUMBER

SLOTS = 1600
"""WORKER_SLOTS: a quarter is for urgent jobs, the rest is shared by answers and all others. The
more there are, the more a batch holds, up to the 200 items of a gathered call."""

SLOTS_OVER_SANDBOX = 400
"""Where each place may want a connection to a provider."""

SLOTS_ONE_BY_ONE = 200
"""Where each job makes calls of its own; a service refuses more than 200 calls at once, and a job
that is refused waits for its back-off, so that more places make it slower."""

KNOWN = 500
"""So many people's texts have gone the same way before, and statistics are of these: the cheapest
plan for tables that are empty is to read all of them, and checks of foreign keys, which keep their
plans, would go on doing so."""

_LIMIT_SECONDS = 120.0

_STUBBED = "bench.texts_worker"

Result = dict[str, Any]


def measure(texts: int, reps: int) -> Iterator[Result]:
    """With model and carrier stubbed: as the worker is, then with its calls one by one, in turn."""
    for rep in range(reps):
        for metric, gather, slots in (
            ("texts", "true", SLOTS),
            ("texts_one_by_one", "false", SLOTS_ONE_BY_ONE),
        ):
            settings = {"WORKER_GATHER_CALLS": gather, "WORKER_SLOTS": str(slots)}
            yield _once(texts, settings, stubbed=True) | {"metric": metric, "rep": rep}


def measure_over_sandbox(texts: int, reps: int) -> Iterator[Result]:
    """With the real SDKs of Twilio and OpenAI, which talk to the sandbox."""
    for rep in range(reps):
        yield _once(texts, {"WORKER_SLOTS": str(SLOTS_OVER_SANDBOX)}, stubbed=False) | {
            "metric": "texts_over_sandbox",
            "rep": rep,
        }


def _once(texts: int, settings: Mapping[str, str], *, stubbed: bool) -> Result:
    known = min(KNOWN, texts)
    database.make_anew()
    stack = Stack(bench_home(), database.url(), settings)
    stack.migrate(SERVICES)
    with ExitStack() as running:
        names = list(SERVICES) if stubbed else ["sandbox", *SERVICES]
        pids = running.enter_context(stack.running(names))
        _preload(stack, range(known))
        with stack.running_instead("worker", _STUBBED, WORKER_GATHER_CALLS="true"):
            _await_the_end(known)
        _preload(stack, range(known, known + texts))
        database.settle_down()
        [[since]] = database.execute("SELECT now()")
        before = _cpu(pids)
        began = time.perf_counter()
        if stubbed:
            worker = stack.running_instead("worker", _STUBBED)
            pids["worker"] = running.enter_context(worker)
        else:
            model = f"{stack.environment['SANDBOX_URL']}/v1"
            worker_alone = stack.running(
                ["worker"], OPENAI_API_KEY="sk-sandbox", OPENAI_BASE_URL=model
            )
            pids |= running.enter_context(worker_alone)
        sent = _await_the_end(known + texts) - known
        after = _cpu(pids)
    used = {name: round(after[name] - before.get(name, 0.0), 2) for name in after}
    seconds = _seconds(since)
    return {
        "system": "respite",
        "texts": sent,
        "per_second": round(sent / seconds, 1),
        "cpu": used,
        "wall_seconds": round(time.perf_counter() - began, 1),
    } | ({} if sent == texts else {"limited": True})


def _preload(stack: Stack, people: range) -> None:
    """What the gateway would have enqueued: a text of each of these people."""
    address = stack.environment["JOBS_ADDRESS"]
    os.environ[respite_queue.TARGET_VARIABLE] = address
    os.environ[respite_queue.CERTIFICATES_VARIABLE] = str(stack.home.certificates)

    def job(person: int) -> NewJob:
        sid = new_sid()
        text = ProcessInboundSms(
            message_sid=sid,
            account_sid=SANDBOX_ACCOUNT_SID,
            sender=number_of(person),
            recipient=SANDBOX_FROM_NUMBER,
            body=TEXT,
        )
        return NewJob(key=f"twilio:{sid}", payload=JobPayload(process_inbound_sms=text))

    async def enqueue() -> None:
        client = respite_queue.RespiteClient()
        jobs = [job(person) for person in people]
        for start in range(0, len(jobs), 1000):
            await client.store(jobs[start : start + 1000])
        await client.close()

    uvloop.run(enqueue())


def _await_the_end(texts: int) -> int:
    """How many answers were accepted by the carrier and their jobs settled."""
    deadline = time.monotonic() + _LIMIT_SECONDS
    while (sent := _sent()) < texts and time.monotonic() < deadline:
        time.sleep(0.2)
    return sent


def _sent() -> int:
    found = database.execute("SELECT count(*) FROM jobs.finished_jobs WHERE type = 'send_answer'")
    return int(found[0][0])


def _seconds(since: datetime) -> float:
    found = database.execute(
        "SELECT extract(epoch FROM max(finished_at) FILTER (WHERE type = 'send_answer')"
        " - min(first_claimed_at) FILTER (WHERE type = 'process_inbound_sms'"
        " AND first_claimed_at >= %s)) FROM jobs.finished_jobs",
        since,
    )
    return float(found[0][0])


def _cpu(pids: Mapping[str, int]) -> dict[str, float]:
    used = {name: cpu.seconds_of([pid]) for name, pid in pids.items()}
    return used | {"postgres": cpu.postgres_seconds()}
