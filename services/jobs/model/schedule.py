"""Firing schedules."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from google.protobuf.message import DecodeError

from kit.database import DbWriter
from kit.logging import get_logger
from kit.refusals import InvalidArgument
from protos.jobs.v1 import jobs_pb2
from protos.jobs.v1.payloads_pb2 import JobPayload
from services.jobs.model.enqueue import Enqueued, insert
from services.jobs.model.lanes import lock_lanes
from services.jobs.new_job import NewJob, canonical, parse_new_job
from services.jobs.schedules import Schedule, next_tick, tick_key
from services.jobs.sql import statement

log = get_logger(__name__)


def seed_schedules(db: DbWriter, schedules: Iterable[Schedule], now: datetime) -> None:
    """Adds those of the schedules that are not there; the first tick is the next one after now."""
    for schedule in schedules:
        arguments = {
            "name": schedule.name,
            "cron": schedule.cron,
            "time_zone": schedule.time_zone,
            "type": schedule.payload.WhichOneof("type"),
            "payload": canonical(schedule.payload),
            "next_run_at": next_tick(schedule.cron, schedule.time_zone, now),
        }
        db.execute(statement("seed_schedule"), arguments)


def fire_due(db: DbWriter) -> list[tuple[NewJob, Enqueued]]:
    """Enqueues a job for each schedule whose tick has come, and moves it to its next tick.

    However many replicas ask, and however many ticks were missed, it is one job. Its key names the
    first tick that had not been fired.
    """
    seen = db.rows(statement("due_schedules"))
    if not seen:
        return []
    # As everywhere: lanes first, then rows. A lane does not depend on the tick.
    parsed = [_job_of(row.name, bytes(row.payload), row.now) for row in seen]
    lock_lanes(db, {job.lane for job in parsed if job is not None})
    jobs = []
    names = [row.name for row in seen]
    for row in db.rows(statement("lock_schedules"), {"names": names}):
        job = _job_of(row.name, bytes(row.payload), row.next_run_at)
        if job is not None:
            jobs.append(job)
        following = next_tick(row.cron, row.time_zone, row.now)
        db.execute(statement("advance_schedule"), {"name": row.name, "next_run_at": following})
    return list(zip(jobs, insert(db, jobs), strict=True)) if jobs else []


def _job_of(name: str, payload: bytes, tick: datetime) -> NewJob | None:
    """The job of a tick; None for a type that belongs to a newer version."""
    try:
        message = jobs_pb2.NewJob(key=tick_key(name, tick), payload=JobPayload.FromString(payload))
        return parse_new_job(message)
    except (DecodeError, InvalidArgument):
        log.error("schedule_unreadable", schedule=name)
        return None
