"""Concurrent callers that enqueue as fast as they are answered, in processes of their own.

`python -m bench.peers.load NAME CALLERS SECONDS` says "ready", begins at a line on its stdin, and
prints what it measured as JSON.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import IO

import uvloop

from bench.peers.system import payload, system

_WARM_UP = 20  # calls


@dataclass(frozen=True, slots=True)
class Load:
    """What callers saw.

    per_second: calls in all. seconds: of each call, sorted. cpu: seconds of their processors.
    """

    per_second: float
    seconds: list[float]
    cpu: float


def load(name: str, callers: int, processes: int, seconds: float) -> Load:
    """Divides the callers between processes and lets them begin together."""
    running = [
        subprocess.Popen(
            [sys.executable, "-P", "-m", __name__, name, str(callers // processes), str(seconds)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(processes)
    ]
    pipes = [(_open(process.stdin), _open(process.stdout)) for process in running]
    try:
        for _, output in pipes:
            if output.readline().strip() != "ready":
                raise RuntimeError("a load generator did not come up")
        for told, _ in pipes:
            told.write("go\n")
            told.flush()
        said = [json.loads(output.read()) for _, output in pipes]
    finally:
        for process in running:
            process.kill()
            process.wait()
    return Load(
        per_second=sum(len(each["seconds"]) / each["elapsed"] for each in said),
        seconds=sorted(taken for each in said for taken in each["seconds"]),
        cpu=sum(each["cpu"] for each in said),
    )


def _open(pipe: IO[str] | None) -> IO[str]:
    if pipe is None:
        raise RuntimeError("a pipe was asked for")
    return pipe


async def _enqueue(name: str, callers: int, seconds: float) -> None:
    client = await system(name).connect(callers)
    for _ in range(_WARM_UP):
        await client.enqueue(payload())
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    taken: list[float] = []
    began, used = time.perf_counter(), time.process_time()
    end = began + seconds

    async def call_on_and_on() -> None:
        while (before := time.perf_counter()) < end:
            await client.enqueue(payload())
            taken.append(time.perf_counter() - before)

    await asyncio.gather(*(call_on_and_on() for _ in range(callers)))
    said = {
        "elapsed": time.perf_counter() - began,
        "cpu": time.process_time() - used,
        "seconds": taken,
    }
    await client.close()
    print(json.dumps(said))


if __name__ == "__main__":
    uvloop.run(_enqueue(sys.argv[1], int(sys.argv[2]), float(sys.argv[3])))
