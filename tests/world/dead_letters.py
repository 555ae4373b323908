"""Jobs that were given up, for stories about what operators do with them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from protos.jobs.v1 import jobs_pb2 as jobs
from protos.jobs.v1.payloads_pb2 import JobPayload, Probe
from tests.world.world import World


@contextmanager
def dead_letters(world: World, reasons: Mapping[str, str]) -> Iterator[None]:
    """Probes that were given up, by their keys; nobody claims anything meanwhile."""
    world.parts.stop_worker()
    try:
        bury_probes(world, reasons)
        yield
    finally:
        world.parts.start_worker()


def bury_probes(world: World, reasons: Mapping[str, str]) -> None:
    """Enqueues probes, claims them and gives them up. No worker may run."""
    for key in reasons:
        new = jobs.NewJob(key=key, payload=JobPayload(probe=Probe(note="what it carries")))
        world.jobs.EnqueueJob(jobs.EnqueueJobRequest(job=new))
    slots = [jobs.Slots(types=["probe"], count=len(reasons))]
    claim = jobs.ClaimJobsRequest(worker_id="undertaker/rest", slots=slots)
    ends = [
        jobs.Settlement(
            claim=jobs.ClaimToken(job_id=each.job.job_id, claim=each.claim),
            bury=jobs.Bury(reason=reasons[each.job.key]),
        )
        for each in world.worker_jobs.ClaimJobs(claim).jobs
    ]
    world.worker_jobs.SettleJobs(jobs.SettleJobsRequest(settlements=ends))
