"""Storing many jobs of one call, in as few transactions as lanes allow."""

from __future__ import annotations

from collections.abc import Sequence

from kit.batch import all_or_each
from kit.database import Database
from kit.refusals import Refusal
from services.jobs.model.enqueue import Enqueued, enqueue, enqueue_free
from services.jobs.model.lanes import MOST_LANES
from services.jobs.new_job import NewJob
from services.jobs.refusals import LaneHeld


def store_free(database: Database, jobs: Sequence[NewJob]) -> list[Enqueued | Refusal]:
    """Stores jobs; a result or a refusal for each, in order.

    LaneHeld for those whose lane somebody else has at this moment: nobody waits for another's lane.
    """
    results: list[Enqueued | Refusal] = []
    for portion in _portions(jobs):
        made = all_or_each(portion, lambda part: _store_free(database, part))
        results += [LaneHeld() if each is None else each for each in made]
    return results


def store_each(database: Database, jobs: Sequence[NewJob]) -> list[Enqueued | Refusal]:
    """Stores jobs one by one, each as soon as its lane is free."""
    return [
        result
        for job in jobs
        for result in all_or_each([job], lambda part: [_store(database, part[0])])
    ]


def _store(database: Database, job: NewJob) -> Enqueued:
    [result] = database.transact(lambda db: enqueue(db, [job]))
    return result


def _store_free(database: Database, jobs: Sequence[NewJob]) -> Sequence[Enqueued | None]:
    return database.transact(lambda db: enqueue_free(db, jobs))


def _portions(jobs: Sequence[NewJob]) -> list[list[NewJob]]:
    """The jobs in order, in portions of no more lanes than one transaction may lock."""
    portions: list[list[NewJob]] = []
    lanes: set[str] = set()
    for job in jobs:
        wanted = lanes if job.lane is None else lanes | {job.lane}
        if not portions or len(wanted) > MOST_LANES:
            portions.append([])
            wanted = set() if job.lane is None else {job.lane}
        portions[-1].append(job)
        lanes = wanted
    return portions
