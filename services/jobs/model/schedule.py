"""Schedules: kept, and fired."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from google.protobuf.message import DecodeError

from kit.database import AnyRow, DbReader, DbWriter
from kit.logging import get_logger
from kit.paging import Page
from kit.refusals import InvalidArgument
from protos.jobs.v1.payloads_pb2 import JobPayload
from services.jobs.model.enqueue import Enqueued, insert
from services.jobs.model.lanes import lock_lanes
from services.jobs.model.read import database_now
from services.jobs.new_job import NewJob, canonical
from services.jobs.schedules import Schedule, job_of_tick, next_tick
from services.jobs.sql import statement
from services.jobs.tables import schedules as table

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class StoredSchedule:
    """A schedule as it is kept. Times are of the database."""

    schedule: Schedule
    next_run_time: datetime
    create_time: datetime
    update_time: datetime


def seed_schedules(db: DbWriter, schedules: Iterable[Schedule], now: datetime) -> None:
    """Adds those of the schedules that never were there; the first tick is the next after now."""
    for schedule in schedules:
        db.execute(statement("seed_schedule"), _columns(schedule, now))


def put_schedule(db: DbWriter, schedule: Schedule) -> StoredSchedule:
    """Stores a schedule, whatever its name stood for before; its first tick is the next one."""
    db.note(f"schedule={schedule.name}")
    [row] = db.rows(statement("put_schedule"), _columns(schedule, database_now(db)))
    return _stored(row)


def delete_schedule(db: DbWriter, name: str) -> bool:
    """Ends a schedule for good; False where there is none."""
    db.note(f"schedule={name}")
    return db.execute(statement("delete_schedule"), {"name": name}) > 0


def list_schedules(db: DbReader, page: Page) -> tuple[Sequence[StoredSchedule], str]:
    """One page of the schedules by name, and its next_page_token."""
    chosen = sa.select(
        table.c.name,
        table.c.cron,
        table.c.time_zone,
        table.c.payload,
        table.c.next_run_at,
        table.c.created_at,
        table.c.updated_at,
    ).where(table.c.deleted_at.is_(None))
    found = [_stored(row) for row in db.rows(page.select(chosen, table.c.name))]
    return page.cut(found, key=lambda stored: (stored.schedule.name,))


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
        return job_of_tick(name, JobPayload.FromString(payload), tick)
    except (DecodeError, InvalidArgument):
        log.error("schedule_unreadable", schedule=name)
        return None


def _columns(schedule: Schedule, now: datetime) -> dict[str, object]:
    return {
        "name": schedule.name,
        "cron": schedule.cron,
        "time_zone": schedule.time_zone,
        "type": schedule.payload.WhichOneof("type"),
        "payload": canonical(schedule.payload),
        "next_run_at": next_tick(schedule.cron, schedule.time_zone, now),
    }


def _stored(row: AnyRow) -> StoredSchedule:
    payload = JobPayload.FromString(bytes(row.payload))
    return StoredSchedule(
        Schedule(row.name, row.cron, row.time_zone, payload),
        row.next_run_at,
        row.created_at,
        row.updated_at,
    )
