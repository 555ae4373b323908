"""The worker process with a model and a carrier that answer at once.

`python -m bench.texts_worker`, with the environment of the worker. Everything else of it is as in
production: `respite.worker` runs it, and only what leaves the machine is stood in for.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta

import uvloop

from kit.logging import configure_logging
from kit.process import async_stop_event_on_signals
from kit.settings import load
from respite.lifeline import hold_on
from respite.worker import WorkerSettings, run_worker
from respite.worker_channels import open_channels
from services.jobs.agent.deeds import Deeds
from services.jobs.agent.turn import Summarizer, Turn
from services.jobs.carrier import Accepted, SendOutcome
from services.jobs.carrier.received import ReceivedText


class InstantCarrier:
    """Takes every text."""

    async def send(
        self,
        to: str,
        body: str,
        *,
        message_id: str = "",
        validity: timedelta | None = None,
        may_send: Callable[[], bool] = lambda: True,
    ) -> SendOutcome:
        """Accepts it."""
        return Accepted(f"SM{random.getrandbits(128):032x}")

    async def find(self, to: str, body: str, since: datetime) -> list[str] | None:
        """Nothing is ever in doubt."""
        return []

    async def list_received(self, since: datetime, until: datetime) -> list[ReceivedText] | None:
        """Every webhook has come."""
        return []


class InstantAgent:
    """Always has the same to say."""

    summarizer: Summarizer | None = None

    async def answer(self, turn: Turn, deeds: Deeds) -> str:
        """A few words."""
        return "That sounds exhausting. What would help most tonight?"


async def _work(settings: WorkerSettings) -> None:
    stop = async_stop_event_on_signals()
    async with open_channels(settings) as channels:
        await run_worker(settings, channels, InstantCarrier(), InstantAgent(), stop)


def main() -> None:
    """Runs until SIGTERM."""
    hold_on()
    settings = load(WorkerSettings)
    configure_logging(settings.process, settings.log_level, settings.log_format)
    uvloop.run(_work(settings))


if __name__ == "__main__":
    main()
