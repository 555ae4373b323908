"""Storing one job for the worker that waits for it: one commit for both.

A job that is stored alone, while a ClaimJobs call of this replica waits for its type, is leased to
that worker by the transaction that stores it. Where a claim would not give it this job, whatever
the reason, it is only stored, and the worker is woken as always. A poll begins with a claim of its
own, by the order of priorities, so what waits for longer is handed out before anything is handed
over.
"""

from __future__ import annotations

import time

from kit.aio_database import AsyncWriter
from services.jobs.claiming import Claimer
from services.jobs.metrics import JobsMetrics
from services.jobs.model.enqueue import Enqueued
from services.jobs.model.hand import enqueue_one
from services.jobs.new_job import NewJob
from services.jobs.switchboard import Handed, Switchboard


class Handover:
    """Hands new jobs to polls; lives on the event loop's thread."""

    def __init__(
        self,
        database: AsyncWriter,
        switchboard: Switchboard,
        claimer: Claimer,
        metrics: JobsMetrics,
    ) -> None:
        self._database = database
        self._switchboard = switchboard
        self._claimer = claimer
        self._metrics = metrics

    async def store(self, job: NewJob) -> Enqueued:
        """Stores a plain job (model.hand); not to be cancelled. Raises as `AsyncWriter.call`."""
        poll = self._switchboard.free_for(job.type.name)
        if poll is None:
            result, _ = await enqueue_one(self._database, job, None)
            return result
        taker, asked = poll.reserve(job.type.name), time.monotonic()
        try:
            result, leased = await enqueue_one(self._database, job, taker)
            if leased is not None:
                self._metrics.claimed({leased.type: 1})
                if not poll.hand(Handed(leased, asked)):
                    self._claimer.unheard(taker.worker, leased)
            return result
        except Exception:
            poll.wake()  # it may have been given the job by a commit that nobody heard of
            raise
        finally:
            poll.release()
