"""Does nothing: a canary for operators and the payload of benchmarks."""

from __future__ import annotations

from protos.jobs.v1.payloads_pb2 import Probe
from services.jobs.workflows.context import Context
from services.jobs.workflows.outcome import Done, Outcome


async def run(probe: Probe, ctx: Context) -> Outcome:
    """Is done at once."""
    return Done("ok")
