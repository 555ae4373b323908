"""One measurement of one system, printed as one line of JSON.

`python -m bench.peers.measure NAME METRIC [options]`, in the environment where the system lives;
`python -m bench.peers` starts these with the database they need.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvloop

from bench.peers import cpu, database, sink
from bench.peers.load import load
from bench.peers.system import Client, System, Unsupported, payload, system
from bench.peers.worker import workers

Result = dict[str, Any]

BULK = 1000
"""Jobs in one call of the system's own bulk API."""

LANES = 1000
"""Of a drain over many lanes."""

_LOOK = 0.02  # seconds between two looks at how far the workers are


@dataclass(frozen=True, slots=True)
class Options:
    """How much is measured.

    jobs: of a drain or a bulk. seconds: of enqueueing or of a steady rate. rate: jobs a second.
    finished, scheduled: rows of a grown queue. limit: seconds that a drain may take. concurrency:
    of a worker; None for the system's own.
    """

    jobs: int = 20_000
    seconds: float = 4.0
    rate: float = 20.0
    finished: int = 1_000_000
    scheduled: int = 200_000
    limit: float = 40.0
    concurrency: int | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """A system, and what of it is measured."""

    name: str
    system: System
    options: Options

    @property
    def concurrency(self) -> int:
        """Jobs that a worker process holds at once."""
        return self.options.concurrency or self.system.concurrency


def enqueue(case: Case, callers: int) -> Result:
    """Concurrent callers, one job a call, in two processes where there is more than one."""
    with case.system.serve(1) as serving:
        before = _cpu((), serving)
        seen = load(case.name, callers, min(callers, 2), case.options.seconds)
        used = _since(before, _cpu((), serving)) | {"callers": round(seen.cpu, 2)}
    return {
        "per_second": round(seen.per_second),
        "p50_ms": _quantile(seen.seconds, 0.5),
        "p99_ms": _quantile(seen.seconds, 0.99),
        "cpu": used,
    }


def bulk(case: Case) -> Result:
    """One caller, 1,000 jobs a call."""
    if not case.system.has_bulk:
        raise Unsupported("no bulk enqueue")
    with case.system.serve(1) as serving:
        before, began = _cpu((), serving), time.process_time()
        seconds = uvloop.run(fill(case.system, case.options.jobs))
        used = _since(before, _cpu((), serving))
        used["callers"] = round(time.process_time() - began, 2)
    return {"per_second": round(case.options.jobs / seconds), "cpu": used}


def drain(case: Case, processes: int, *, grown: bool = False) -> Result:
    """Jobs that are there when the workers start, from the first handler until none is left."""
    result: Result = {}
    with case.system.serve(processes) as serving:
        if grown:
            began = time.perf_counter()
            case.system.grow(case.options.finished, case.options.scheduled)
            result["grow_seconds"] = round(time.perf_counter() - began, 1)
        uvloop.run(fill(case.system, case.options.jobs))
        return result | drained(case, processes, serving)


def drain_lanes(case: Case) -> Result:
    """The same number of jobs over 1,000 lanes."""
    with case.system.serve(1) as serving:
        uvloop.run(fill_lanes(case.system, case.options.jobs, LANES))
        return drained(case, 1, serving, "lane")


def drain_beside_a_hot_lane(case: Case) -> Result:
    """Jobs without a lane, while as many that came before them are in one lane: how fast those
    without are handled. The lane is not waited for."""
    with case.system.serve(1) as serving:
        uvloop.run(fill_lanes(case.system, case.options.jobs, 1))
        uvloop.run(fill(case.system, case.options.jobs))
        return drained(case, 1, serving, settled=False)


def drained(
    case: Case,
    processes: int,
    serving: Sequence[int],
    kind: str = "job",
    *,
    settled: bool = True,
) -> Result:
    """Starts workers on what has been enqueued and waits for the end.

    kind: of the hits that are waited for. settled: whether to wait until nothing is outstanding.
    Processor seconds are counted from the first handler that was seen to the end.
    """
    database.settle_down()
    jobs = case.options.jobs
    with workers(case.name, processes, case.concurrency) as running:
        if not _wait(lambda: sink.read(running.sink, kind).count, 60):
            raise TimeoutError("no job was handled within 60 s")
        before = _cpu(running.pids, serving)
        _wait(lambda: sink.read(running.sink, kind).count >= jobs, case.options.limit)
        hits = sink.read(running.sink, kind)
        if hits.count < jobs:
            rate = round(hits.count / (hits.last - hits.first))
            return {"per_second": rate, "handled": hits.count, "limited": True}
        left = case.system.outstanding() if settled else None
        while left:
            time.sleep(_LOOK)
            left = case.system.outstanding()
        end = hits.last if left is None else time.time()
        after = _cpu(running.pids, serving)
    return {
        "per_second": round(jobs / (end - hits.first)),
        "handled": hits.count,
        "handlers_per_second": round(jobs / (hits.last - hits.first)),
        "cpu": _since(before, after),
    }


def latency(case: Case) -> Result:
    """A steady trickle from another process than the worker's: enqueueing until the handler."""
    with ExitStack() as running:
        running.enter_context(case.system.serve(1))
        told = running.enter_context(workers(case.name, 1, case.concurrency))
        count = uvloop.run(_trickle(case, told.sink))
        _wait(lambda: sink.read(told.sink).count >= count, 15)
        found = sorted(sink.delays(told.sink)[1:])
    if len(found) < count - 1:
        raise TimeoutError(f"{count - 1 - len(found)} jobs were not handled within 15 s")
    quantiles = {f"p{q}_ms": _quantile(found, q / 100) for q in (50, 95, 99)}
    return quantiles | {"jobs": len(found)}


METRICS: dict[str, Callable[[Case], Result]] = {
    "enqueue1": lambda case: enqueue(case, 1),
    "enqueue16": lambda case: enqueue(case, 16),
    "enqueue64": lambda case: enqueue(case, 64),
    "bulk": bulk,
    "drain1": lambda case: drain(case, 1),
    "drain2": lambda case: drain(case, 2),
    "drain_grown": lambda case: drain(case, 1, grown=True),
    "drain_lanes": drain_lanes,
    "hot_lane": drain_beside_a_hot_lane,
    "latency": latency,
}


async def fill(target: System, jobs: int) -> float:
    """Enqueues jobs by the fastest way that the system has; returns the seconds it took."""
    client = await target.connect(1 if target.has_bulk else 8)
    began = time.perf_counter()
    if target.has_bulk:
        for start in range(0, jobs, BULK):
            some = [payload() for _ in range(min(BULK, jobs - start))]
            await client.enqueue_many(some)
    else:
        todo = iter(range(jobs))

        async def one_by_one() -> None:
            for _ in todo:
                await client.enqueue(payload())

        await asyncio.gather(*(one_by_one() for _ in range(8)))
    seconds = time.perf_counter() - began
    await client.close()
    return seconds


async def fill_lanes(target: System, jobs: int, lanes: int) -> None:
    """Enqueues jobs into each lane in turn."""
    client = await target.connect(1)
    for start in range(0, jobs, BULK):
        numbers = range(start, min(start + BULK, jobs))
        names = [f"lane-{number % lanes}" for number in numbers]
        await client.enqueue_in_lanes([payload() for _ in numbers], names)
    await client.close()


async def _trickle(case: Case, folder: Path) -> int:
    """Enqueues at the rate, whatever the answers do, once a first job has been handled."""
    client = await case.system.connect(2)
    await client.enqueue(payload())
    if not await asyncio.to_thread(_wait, lambda: sink.read(folder).count, 60):
        raise TimeoutError("no job was handled within 60 s")
    await asyncio.sleep(1)
    count = int(case.options.rate * case.options.seconds)
    calls = []
    began = time.perf_counter()
    for number in range(count):
        await asyncio.sleep(max(0.0, began + number / case.options.rate - time.perf_counter()))
        calls.append(asyncio.create_task(_enqueue_now(client)))
    await asyncio.gather(*calls)
    await client.close()
    return count + 1


async def _enqueue_now(client: Client) -> None:
    await client.enqueue(payload())


def _cpu(working: Sequence[int], serving: Sequence[int]) -> dict[str, float]:
    return {
        "workers": cpu.seconds_of(working),
        "services": cpu.seconds_of(serving),
        "postgres": cpu.postgres_seconds(),
    }


def _since(before: dict[str, float], after: dict[str, float]) -> dict[str, float]:
    return {part: round(after[part] - before[part], 2) for part in after}


def _wait(condition: Callable[[], object], seconds: float) -> bool:
    """Whether it came true within so many seconds."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(_LOOK)
    return True


def _quantile(ordered: Sequence[float], share: float) -> float:
    """In milliseconds."""
    return round(ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000, 2)


def measure(name: str, metric: str, options: Options) -> Result:
    """What was measured; "error" says why nothing was."""
    try:
        case = Case(name, system(name), options)
        database.make_anew()
        case.system.set_up()
        return METRICS[metric](case)
    except (Unsupported, ImportError, TimeoutError) as problem:
        return {"error": str(problem)}


def parser() -> argparse.ArgumentParser:
    """The options, for whoever passes them on."""
    made = argparse.ArgumentParser(add_help=False)
    for field, default in Options.__dataclass_fields__.items():
        kind = type(default.default) if default.default is not None else int
        made.add_argument(f"--{field}", type=kind, default=default.default)
    return made


def main() -> None:
    """Measures once."""
    arguments = argparse.ArgumentParser(parents=[parser()])
    arguments.add_argument("name")
    arguments.add_argument("metric", choices=METRICS)
    given = vars(arguments.parse_args())
    name, metric = given.pop("name"), given.pop("metric")
    result = measure(name, metric, Options(**given))
    print(json.dumps({"system": name, "metric": metric} | result))


if __name__ == "__main__":
    main()
