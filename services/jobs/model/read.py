"""Looking at jobs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa

from kit.audit_trail import AuditRecord, list_records
from kit.database import AnyRow, DbReader
from kit.paging import Page
from services.jobs import tables
from services.jobs.job import Job, State
from services.jobs.model.pause import Pause
from services.jobs.sql import statement

# Of one type in one state: counting must stay cheap however much waits.
MOST_COUNTED: Final = 100_000


@dataclass(frozen=True, slots=True)
class TypeStats:
    """The jobs of one type, counted.

    oldest_ready_age: None where none is ready. pause: None where the type is not paused.
    """

    type: str
    ready: int
    running: int
    scheduled: int
    blocked: int
    dead: int
    oldest_ready_age: timedelta | None
    pause: Pause | None = None


def job_by_id(db: DbReader, job_id: int, *, payload: bool = False) -> Job | None:
    """The job wherever it is now, with its payload where that is asked for; None: no such job.

    One statement, so that a job on its way from one table to another is seen once.
    """
    views = [
        _view(table, state, payload).where(table.c.id == job_id) for table, state in _STATES.items()
    ]
    row = db.row(sa.union_all(*views))
    return None if row is None else _job(row)


def job_by_key(db: DbReader, key: str, *, payload: bool = False) -> Job | None:
    """The first job that had the key."""
    keys = tables.job_keys
    job_id = db.scalar(sa.select(keys.c.job_id).where(keys.c.key == key))
    return None if job_id is None else job_by_id(db, job_id, payload=payload)


def list_jobs(
    db: DbReader, page: Page, *, state: State | None = None, type_: str = "", lane: str = ""
) -> tuple[Sequence[Job], str]:
    """One page of jobs without payloads, newest first, and its next_page_token.

    state: None for all that are live or dead. type_, lane: "" for all.
    """
    parts: list[Any] = []
    for table, where in _PLACES if state is None else _PLACES_OF[state]:
        view = _view(table, _STATES[table], payload=False).where(*where)
        if type_:
            view = view.where(table.c.type == type_)
        if lane:
            view = view.where(table.c.lane == lane)
        parts.append(page.select(view, table.c.id, descending=True).subquery().select())
    found = sa.union_all(*parts).subquery()
    newest = found.select().order_by(found.c.id.desc()).limit(page.size + 1)
    jobs = [_job(row) for row in db.rows(newest)]
    return page.cut(jobs, key=lambda job: (job.job_id,))


def queue_stats(db: DbReader) -> list[TypeStats]:
    """Counts by type, for each type that has any live or dead job or is paused.

    No count goes beyond MOST_COUNTED.
    """
    return [_stats(row) for row in db.rows(statement("stats"), {"most": MOST_COUNTED})]


def last_result(db: DbReader, type_: str) -> tuple[str, datetime | None]:
    """The result of the newest job of a type that ended well, "" where none is remembered, and
    when the oldest schedule of such jobs was stored, None where there is none."""
    row = db.row(statement("last_result"), {"type": type_})
    return (row.result or "", row.schedule_created_at) if row else ("", None)


def audit_trail(db: DbReader, page: Page) -> tuple[Sequence[AuditRecord], str]:
    """One page of what operators did, newest first, and its next_page_token."""
    return list_records(db, tables.audit_records, page)


def database_now(db: DbReader) -> datetime:
    """The time by which the queue goes."""
    now: datetime = db.scalar(sa.select(sa.func.now()))
    return now


def _live_state() -> sa.ColumnElement[str]:
    columns = tables.jobs.c
    return sa.case(
        (columns.lease_until > sa.func.now(), State.RUNNING.value),
        (columns.blocked, State.BLOCKED.value),
        (columns.run_at > sa.func.now(), State.SCHEDULED.value),
        else_=State.READY.value,
    )


_STATES: Final[Mapping[sa.Table, sa.ColumnElement[str]]] = {
    tables.jobs: _live_state(),
    tables.scheduled_jobs: sa.literal(State.SCHEDULED.value, sa.Text),
    tables.dead_jobs: sa.literal(State.DEAD.value, sa.Text),
    tables.finished_jobs: tables.finished_jobs.c.state,
}
_Place = tuple[sa.Table, Sequence[sa.ColumnElement[bool]]]
_BLOCKED: Final = tables.jobs.c.blocked
_LEASED: Final = tables.jobs.c.lease_until > sa.func.now()
_FREE: Final = sa.or_(
    tables.jobs.c.lease_until.is_(None), tables.jobs.c.lease_until <= sa.func.now()
)
_DUE: Final = tables.jobs.c.run_at <= sa.func.now()
# Live and dead jobs. The due ones in two parts, because no index holds those of both.
_PLACES: Final[Sequence[_Place]] = (
    (tables.jobs, [_BLOCKED]),
    (tables.jobs, [~_BLOCKED]),
    (tables.scheduled_jobs, []),
    (tables.dead_jobs, []),
)
# In the words of the partial indexes: a planner does not see through _live_state().
_PLACES_OF: Final[Mapping[State, Sequence[_Place]]] = {
    State.SCHEDULED: (
        (tables.jobs, [~_BLOCKED, _FREE, ~_DUE]),
        (tables.scheduled_jobs, []),
    ),
    State.BLOCKED: ((tables.jobs, [_BLOCKED]),),
    State.READY: ((tables.jobs, [~_BLOCKED, _FREE, _DUE]),),
    State.RUNNING: ((tables.jobs, [~_BLOCKED, _LEASED]),),
    State.DEAD: ((tables.dead_jobs, []),),
    State.COMPLETED: (
        (tables.finished_jobs, [tables.finished_jobs.c.state == State.COMPLETED.value]),
    ),
    State.CANCELLED: (
        (tables.finished_jobs, [tables.finished_jobs.c.state == State.CANCELLED.value]),
    ),
}


def _view(table: sa.Table, state: sa.ColumnElement[str], payload: bool) -> sa.Select[Any]:
    columns = table.c
    ended: Any = sa.null()
    result: Any = sa.literal("", sa.Text)
    if table is tables.finished_jobs:
        ended = columns.finished_at
        result = columns.result
    elif table is tables.dead_jobs:
        ended = columns.died_at
    stopping: Any = columns.cancel_requested if table is tables.jobs else sa.false()
    return sa.select(
        columns.id,
        columns.key,
        columns.type,
        columns.lane,
        state.label("state"),
        columns.priority,
        columns.attempt,
        columns.run_at,
        sa.cast(ended, sa.DateTime(timezone=True)).label("ended_at"),
        columns.last_error,
        columns.created_at,
        stopping.label("cancel_requested"),
        columns.first_claimed_at,
        result.label("result"),
        (columns.payload if payload else sa.cast(sa.null(), sa.LargeBinary)).label("payload"),
    )


def _stats(row: AnyRow) -> TypeStats:
    pause = None if row.paused_at is None else Pause(row.pause_reason, row.paused_at)
    return TypeStats(
        type=row.type,
        ready=row.ready,
        running=row.running,
        scheduled=row.scheduled,
        blocked=row.blocked,
        dead=row.dead,
        oldest_ready_age=row.oldest_ready_age,
        pause=pause,
    )


def _job(row: AnyRow) -> Job:
    return Job(
        job_id=row.id,
        key=row.key,
        type=row.type,
        lane=row.lane,
        state=State(row.state),
        priority=row.priority,
        attempt=row.attempt,
        run_time=row.run_at,
        finish_time=row.ended_at,
        last_error=row.last_error,
        create_time=row.created_at,
        cancel_requested=row.cancel_requested,
        first_claim_time=row.first_claimed_at,
        result=row.result,
        payload=None if row.payload is None else bytes(row.payload),
    )
