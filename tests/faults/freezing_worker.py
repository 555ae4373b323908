"""A real worker process that stops itself, as SIGSTOP does, once, at a named point.

The worker is the production one, as in crashing_worker.py, which names the points. Leases of the
sending jobs look shorter to it than they are, so that nobody has to wait until 30 s are over: it
believes in less time than it has, and goes by the machine's clock as ever.
"""

from __future__ import annotations

import json
import signal
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from kit.logging import configure_logging
from protos.jobs.v1 import jobs_pb2 as jobs
from respite.worker import WorkerSettings
from tests.faults.crashing_worker import CrashingChannel, CrashPoint, work

LEFT_OUT: Final = timedelta(seconds=17)
"""What the worker is not told of the leases of sending jobs: 30 s look like 13 s."""

TOLD: Final = timedelta(seconds=13)
"""How long it believes that they last."""

_OF_A_SENDING_JOB: Final = timedelta(seconds=28)


class FreezePoint(CrashPoint):
    """Stops the process when its moment comes; the marker file says that it has."""

    signal = signal.SIGSTOP


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


async def main(settings: str, point: str, marker: str) -> None:
    """settings: as JSON."""
    configure_logging("worker", "INFO")
    where = FreezePoint(point, Path(marker))
    await work(WorkerSettings(**json.loads(settings)), where, to_jobs=ShortLeases)
