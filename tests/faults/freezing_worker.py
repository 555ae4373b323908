"""A real worker process that stops itself, as SIGSTOP does, once, at a named point.

The worker is the production one, as in crashing_worker.py, which names the points. Leases of the
sending jobs look shorter to it than they are, so that nobody has to wait until 30 s are over: it
believes in less time than it has, and goes by the machine's clock as ever.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, cast

import grpc

from kit.logging import configure_logging
from kit.process import async_stop_event_on_signals
from protos.jobs.v1 import jobs_pb2 as jobs
from respite import worker
from tests.faults.crashing_worker import (
    CrashingAgent,
    CrashingCarrier,
    CrashingChannel,
    CrashPoint,
)

LEFT_OUT: Final = timedelta(seconds=17)
"""What the worker is not told of the leases of sending jobs: 30 s look like 13 s."""

TOLD: Final = timedelta(seconds=13)
"""How long it believes that they last."""

_OF_A_SENDING_JOB: Final = timedelta(seconds=28)


class FreezePoint(CrashPoint):
    """Stops the process when its moment comes; the marker file says that it has."""

    def reached(self, method: str, when: str) -> None:
        """To be called at every point."""
        if method != self._method or when != self._when or self._marker.exists():
            return
        self._left -= 1
        if self._left == 0:
            self._marker.touch()
            os.kill(os.getpid(), signal.SIGSTOP)


class ShortLeases(CrashingChannel):
    """A channel to the jobs service on which long leases look shorter."""

    def unary_unary(self, path: str, *args: Any, **kwargs: Any) -> Any:
        """See CrashingChannel."""
        call = super().unary_unary(path, *args, **kwargs)

        async def shortened(*call_args: Any, **call_kwargs: Any) -> Any:
            answer = await call(*call_args, **call_kwargs)
            if isinstance(answer, jobs.ClaimJobsResponse):
                granted = [each.lease for each in answer.jobs]
            elif isinstance(answer, jobs.ExtendLeasesResponse):
                granted = [each.lease for each in answer.results]
            else:
                return answer
            for lease in granted:
                length = lease.ToTimedelta()
                if length > _OF_A_SENDING_JOB:
                    lease.FromTimedelta(length - LEFT_OUT)
            return answer

        return shortened


async def main() -> None:
    """argv: settings as JSON, the point, the marker file."""
    settings = worker.WorkerSettings(**json.loads(sys.argv[1]))
    point = FreezePoint(sys.argv[2], Path(sys.argv[3]))
    configure_logging("worker", "INFO")
    stop = async_stop_event_on_signals()
    async with (
        worker.open_channels(settings) as channels,
        worker.open_carrier(settings) as carrier,
        worker.open_agent(settings) as agent,
    ):
        wrapped = {
            name: cast(grpc.aio.Channel, CrashingChannel(getattr(channels, name), point))
            for name in ("identity", "profile", "conversation", "billing")
        }
        wrapped["jobs"] = cast(grpc.aio.Channel, ShortLeases(channels.jobs, point))
        await worker.run_worker(
            settings,
            worker.Channels(**wrapped),
            CrashingCarrier(carrier, point),
            CrashingAgent(agent, point),
            stop,
        )


if __name__ == "__main__":
    asyncio.run(main())
