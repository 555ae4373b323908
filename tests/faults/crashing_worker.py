"""A real worker process that kills itself, once, at a named point of a text's path.

The worker is the production one; only what it was given to talk through is wrapped. A point is
"<method>:<before|after>:<n>": the n-th call of a method of a service, "carrier.send" or
"agent.answer". "before" is before the request leaves, "after" is after the answer is here.
"""

from __future__ import annotations

import json
import os
import signal
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import grpc

from kit.logging import configure_logging
from kit.process import async_stop_event_on_signals
from respite import worker
from respite.worker import WorkerSettings
from respite.worker_channels import Channels, open_channels
from services.jobs.agent.deeds import Deeds
from services.jobs.agent.turn import Agent, Turn
from services.jobs.carrier import Carrier, SendOutcome
from services.jobs.carrier.received import ReceivedText
from services.jobs.safety.crisis import Crisis
from services.jobs.workflows import send_crisis_reply


class CrashPoint:
    """Kills the process when its moment comes; the marker file says that it has."""

    signal = signal.SIGKILL

    def __init__(self, name: str, marker: Path) -> None:
        self._method, self._when, nth = name.rsplit(":", 2)
        self._left = int(nth)
        self._marker = marker

    def reached(self, method: str, when: str) -> None:
        """To be called at every point."""
        if method != self._method or when != self._when or self._marker.exists():
            return
        self._left -= 1
        if self._left == 0:
            self._marker.touch()
            os.kill(os.getpid(), self.signal)


class CrashingChannel:
    """A channel that passes its points; only what stubs use of one."""

    def __init__(self, inner: grpc.aio.Channel, point: CrashPoint) -> None:
        self._inner = inner
        self._point = point

    def unary_unary(self, path: str, *args: Any, **kwargs: Any) -> Any:
        """The only kind of call that the services have."""
        call = self._inner.unary_unary(path, *args, **kwargs)
        method = path.rpartition("/")[2]

        async def passing(*call_args: Any, **call_kwargs: Any) -> Any:
            self._point.reached(method, "before")
            answer = await call(*call_args, **call_kwargs)
            self._point.reached(method, "after")
            return answer

        return passing


class CrashingCarrier:
    """A carrier that passes its points."""

    def __init__(self, inner: Carrier, point: CrashPoint) -> None:
        self._inner = inner
        self._point = point

    async def send(self, to: str, body: str, **details: Any) -> SendOutcome:
        """See Carrier."""
        self._point.reached("carrier.send", "before")
        outcome = await self._inner.send(to, body, **details)
        self._point.reached("carrier.send", "after")
        return outcome

    async def find(self, to: str, body: str, since: datetime) -> list[str] | None:
        """See Carrier."""
        return await self._inner.find(to, body, since)

    async def list_received(self, since: datetime, until: datetime) -> list[ReceivedText] | None:
        """See Carrier."""
        return await self._inner.list_received(since, until)


class CrashingAgent:
    """An assistant that passes its points."""

    def __init__(self, inner: Agent, point: CrashPoint) -> None:
        self.summarizer = inner.summarizer
        self._inner = inner
        self._point = point

    async def answer(self, turn: Turn, deeds: Deeds) -> str | Crisis:
        """See Agent."""
        self._point.reached("agent.answer", "before")
        answer = await self._inner.answer(turn, deeds)
        self._point.reached("agent.answer", "after")
        return answer


async def work(
    settings: WorkerSettings, point: CrashPoint, to_jobs: type[CrashingChannel] = CrashingChannel
) -> None:
    """The production worker, talking through what passes `point`, until a signal."""
    # A crisis reply that goes out without the ledger, since this machine is busy, passes no point.
    send_crisis_reply.LEDGER_PATIENCE = 10.0
    stop = async_stop_event_on_signals()
    async with (
        open_channels(settings) as channels,
        worker.open_carrier(settings) as carrier,
        worker.open_agent(settings) as agent,
    ):
        kinds = dict.fromkeys(("identity", "profile", "conversation", "billing"), CrashingChannel)
        wrapped = {}
        for name, kind in (kinds | {"jobs": to_jobs}).items():
            wrapped[name] = cast(grpc.aio.Channel, kind(getattr(channels, name), point))
        await worker.run_worker(
            settings,
            Channels(**wrapped),
            CrashingCarrier(carrier, point),
            CrashingAgent(agent, point),
            stop,
        )


async def main(settings: str, point: str, marker: str) -> None:
    """settings: as JSON."""
    configure_logging("worker", "WARNING")
    await work(WorkerSettings(**json.loads(settings)), CrashPoint(point, Path(marker)))
