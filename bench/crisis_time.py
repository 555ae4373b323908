"""How soon a crisis text is answered: from its webhook to the reply's acceptance by the provider.

`python -m bench.crisis_time [texts a second] [seconds]`. The whole stack over the sandbox, with the
SDKs of Twilio and OpenAI, takes ordinary texts at a steady rate; among them come crisis texts, each
of another person and over a connection of its own. Time is measured from before the webhook is
posted until the sandbox, as Twilio, has the request for the reply, which it then has to accept.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from typing import Any

import uvloop

from bench.peers import database
from bench.posts import TEXT, number_of, post_as_answered, post_at_rate, posts_of
from bench.server import server
from bench.stack import Stack, bench_home
from respite.processes import SERVICES

RATES = {"crisis": 10.0, "crisis_busy": 30.0}
"""Ordinary texts a second, by metric: far more than may leave in an hour by default, and a third of
what two cores take over the sandbox without webhooks and statuses."""

CRISES = 4.0
"""Crisis texts a second."""

TEXTS = (
    "I want to kill myself tonight",
    "everybody would be better off without me",
    "mom says she wants to die",
    "he hit me again and I am scared",
    "she fell and her speech is slurred",
    "ya no quiero vivir",
)
_WARM_UP = 40  # texts
_LIMIT_SECONDS = 60.0
_CREATED = 201

Result = dict[str, Any]


def measure(reps: int, seconds: float) -> Iterator[Result]:
    """So many times at each rate, each on a new database."""
    for rep in range(reps):
        for metric, rate in RATES.items():
            yield at(rate, seconds) | {"metric": metric, "rep": rep}


def at(rate: float, seconds: float) -> Result:
    """Amid so many ordinary texts a second."""
    database.make_anew()
    stack = Stack(bench_home(), database.url())
    stack.migrate(SERVICES)
    sandbox = stack.environment["SANDBOX_URL"]
    names = ["sandbox", *SERVICES, "worker", "gateway"]
    with stack.running(names, OPENAI_API_KEY="sk-sandbox", OPENAI_BASE_URL=f"{sandbox}/v1"):
        port = int(stack.environment["GATEWAY_PORT"])
        _forget_earlier_runs(sandbox)
        warm_up = _posts(stack, [(number_of(n), TEXT) for n in range(_WARM_UP)])
        uvloop.run(post_as_answered(port, warm_up, 4, _LIMIT_SECONDS))
        database.settle_down()
        posted = uvloop.run(_amid_others(stack, port, rate, seconds))
        accepted = _await_replies(sandbox, posted)
    waited = sorted(accepted[number] - posted[number] for number in accepted)
    return {
        "system": "respite",
        "crises": len(posted),
        "unanswered": len(posted) - len(waited),
        "p50_ms": _quantile(waited, 0.5),
        "p95_ms": _quantile(waited, 0.95),
        "p99_ms": _quantile(waited, 0.99),
    } | ({"limited": True} if len(waited) < len(posted) else {})


async def _amid_others(stack: Stack, port: int, rate: float, seconds: float) -> Mapping[str, float]:
    """Posts both kinds; when each crisis text was posted, by number."""
    ordinary, crises = int(rate * seconds), int(CRISES * seconds)
    people = range(_WARM_UP, _WARM_UP + ordinary + crises)
    others = _posts(stack, [(number_of(n), TEXT) for n in people[crises:]])
    numbers = [number_of(n) for n in people[:crises]]
    texts = [(number, TEXTS[n % len(TEXTS)]) for n, number in enumerate(numbers)]
    posted: dict[str, float] = {}

    async def cry(number: str, request: bytes, due: float) -> None:
        await asyncio.sleep(due)
        posted[number] = time.time()
        await post_at_rate(port, [request], 1.0)

    crying = [
        cry(number, request, n / CRISES)
        for n, (number, request) in enumerate(zip(numbers, _posts(stack, texts), strict=True))
    ]
    await asyncio.gather(post_at_rate(port, others, rate), *crying)
    return posted


def _posts(stack: Stack, texts: list[tuple[str, str]]) -> list[bytes]:
    told = stack.environment
    return posts_of(
        texts, told["PUBLIC_URL"], told["TWILIO_ACCOUNT_SID"], told["TWILIO_AUTH_TOKEN"]
    )


def _forget_earlier_runs(sandbox: str) -> None:
    """The sandbox keeps what it was asked, over restarts too."""
    urllib.request.urlopen(f"{sandbox}/sandbox/reset", data=b"{}").close()


def _await_replies(sandbox: str, posted: Mapping[str, float]) -> dict[str, float]:
    """When the first request to each number came that was accepted."""
    deadline = time.monotonic() + _LIMIT_SECONDS
    found = _replies(sandbox, posted)
    while len(found) < len(posted) and time.monotonic() < deadline:
        time.sleep(0.5)
        found = _replies(sandbox, posted)
    return found


def _replies(sandbox: str, posted: Mapping[str, float]) -> dict[str, float]:
    with urllib.request.urlopen(f"{sandbox}/sandbox/requests?provider=twilio") as answer:
        requests = json.load(answer)["requests"]
    found: dict[str, float] = {}
    for each in requests:
        number = each["params"].get("To", "")
        if each["method"] == "POST" and each["status"] == _CREATED and number in posted:
            found.setdefault(number, each["at"])
    return found


def _quantile(ordered: list[float], share: float) -> float:
    """In milliseconds."""
    return round(ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000, 1)


def main() -> None:
    """Prints one result."""
    rate = float(sys.argv[1]) if len(sys.argv) > 1 else RATES["crisis"]
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 30.0
    with server():
        result = at(rate, seconds)
    sys.stdout.write(json.dumps(result) + "\n")


if __name__ == "__main__":
    main()
