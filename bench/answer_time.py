"""How long a person waits: from the text to the answer's acceptance by the provider.

Needs a running `respite up`; `python -m bench.answer_time [texts] [texts a second]`. Every text is
of another person. Time is measured here, from the moment the sandbox is told to post the text until
the answer stands on the person's phone; looking costs up to one poll (POLL_SECONDS).
"""

from __future__ import annotations

import asyncio
import os
import platform
import statistics
import sys
import time
from importlib.metadata import version

import aiohttp

from respite.development import environment_for_commands

POLL_SECONDS = 0.005
PATIENCE_SECONDS = 60.0


async def one(session: aiohttp.ClientSession, number: str) -> float:
    """Seconds from the text to its answer."""
    began = time.perf_counter()
    text = {"from": number, "body": "I could not sleep again"}
    async with session.post("/sandbox/texts", json=text) as posted:
        posted.raise_for_status()
    while time.perf_counter() - began < PATIENCE_SECONDS:
        async with session.get(f"/sandbox/phones/{number}") as shown:
            messages = (await shown.json())["messages"]
        if any(message["direction"] == "out" for message in messages):
            return time.perf_counter() - began
        await asyncio.sleep(POLL_SECONDS)
    raise TimeoutError(f"no answer within {PATIENCE_SECONDS:.0f} s")


async def measure(base: str, texts: int, rate: float) -> list[float]:
    """Sends texts at a steady rate, whatever the answers do."""
    start = int(time.time()) % 100_000
    async with aiohttp.ClientSession(base) as session:
        waiting = []
        for n in range(texts):
            number = f"+1{2012000000 + (start * 1000 + n) % 7_000_000_000:010d}"
            waiting.append(asyncio.create_task(one(session, number)))
            await asyncio.sleep(1 / rate)
        return await asyncio.gather(*waiting)


def main() -> None:
    """Prints one line."""
    texts = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    rate = float(sys.argv[2]) if len(sys.argv) > 2 else 5.0
    base = environment_for_commands(os.environ).get("SANDBOX_URL", "http://localhost:8090")
    seconds = sorted(asyncio.run(measure(base, texts, rate)))
    p99 = seconds[min(len(seconds) - 1, int(len(seconds) * 0.99))]
    median = statistics.median(seconds)
    print(
        f"text to answer, {texts} texts at {rate:g}/s: median {median * 1000:.0f}"
        f" ms, p99 {p99 * 1000:.0f} ms ({os.cpu_count()} cores, Python {platform.python_version()},"
        f" grpcio {version('grpcio')})"
    )


if __name__ == "__main__":
    main()
