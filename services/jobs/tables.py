"""The tables of the schema `jobs`.

A live job is in exactly one of two tables: `jobs`, from which workers claim, holds what is due;
`scheduled_jobs` holds what is not, and is in no lane. What ended moves on, so that the cost of a
claim does not grow with history. No index holds a column that a claim changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from kit.audit import audit_table

SCHEMA: Final = "jobs"
metadata = sa.MetaData(schema=SCHEMA)

# One sequence for job ids and for places in lanes, so that an id serves as a job's first place.
job_ids = sa.Sequence("job_ids", metadata=metadata, data_type=sa.BigInteger, cache=1)

KEY_TYPE: Final = sa.Text(collation="C")
_MOMENT: Final = sa.DateTime(timezone=True)
# Rows come and go by the thousand: vacuum by their number, and without pauses.
_BUSY: Final[dict[str, Any]] = {
    "postgresql_with": {
        "fillfactor": 60,
        "autovacuum_vacuum_scale_factor": 0.0,
        "autovacuum_vacuum_threshold": 2000,
        "autovacuum_analyze_scale_factor": 0.0,
        "autovacuum_analyze_threshold": 5000,
        "autovacuum_vacuum_cost_delay": 0,
    }
}


def _column(name: str, kind: Any, comment: str, *, null: bool = False, **more: Any) -> Any:
    return sa.Column(name, kind, nullable=null, comment=comment, **more)


def _moments(created: str = "When the job was stored") -> Sequence[sa.Column[Any]]:
    now = sa.func.now()
    return (
        _column("created_at", _MOMENT, created, server_default=now),
        _column("updated_at", _MOMENT, "When the row last changed", server_default=now),
    )


def _common(identity: sa.Column[int]) -> Sequence[sa.Column[Any]]:
    """What a job carries from table to table."""
    return (
        identity,
        _column("key", KEY_TYPE, "Idempotency key; unique by job_keys"),
        _column("type", sa.Text, "Name of the field of JobPayload"),
        _column("lane", sa.Text, "Jobs of one lane run one at a time", null=True),
        _column("priority", sa.SmallInteger, "0 is the most urgent, 3 the least"),
        _column("run_at", _MOMENT, "When it is, or was, due"),
        _column("claim", sa.BigInteger, "Number of its newest claim; only grows"),
        _column("settled_claim", sa.BigInteger, "The claim settled last; 0 before", null=False),
        _column("attempt", sa.Integer, "Attempts begun; snoozes and lost answers give one back"),
        _column("first_claimed_at", _MOMENT, "From here its age counts", null=True),
        _column("last_error", sa.Text, "Code of the last error, or why it waits; never a sentence"),
        _column("headers", JSONB, "Trace context and the like; never compared", null=True),
        _column("payload", sa.LargeBinary, "JobPayload in its canonical serialization"),
    )


def _id() -> sa.Column[int]:
    return sa.Column(
        "id", sa.BigInteger, primary_key=True, autoincrement=False, comment="Grows with time"
    )


jobs = sa.Table(
    "jobs",
    metadata,
    *_common(_id()),
    _column("place", sa.BigInteger, "Order within the lane: that in which jobs joined it"),
    _column("blocked", sa.Boolean, "Due, but behind another job of its lane"),
    _column("lease_until", _MOMENT, "Until then a worker has it; past: it was lost", null=True),
    _column("worker", sa.Text, "Who claimed it last", null=True),
    _column("cancel_requested", sa.Boolean, "An operator asked the running job to stop"),
    *_moments(),
    sa.CheckConstraint("priority BETWEEN 0 AND 3", name="jobs_priority_is_known"),
    sa.CheckConstraint("NOT blocked OR lane IS NOT NULL", name="jobs_only_lanes_block"),
    sa.CheckConstraint("NOT blocked OR lease_until IS NULL", name="jobs_blocked_is_not_leased"),
    comment="Jobs that are due: free, leased, in a short wait, or behind another of their lane",
    # A claim makes a second version of the row, somewhat longer by lease and worker: with less room
    # than for both, a third of the claims would go to another page and into every index.
    postgresql_with=_BUSY["postgresql_with"] | {"fillfactor": 45},
)
# claim_for_poll.sql and ready.sql: the jobs of a type that may be claimed, the longest due first.
# stats.sql: those that are due and not blocked.
sa.Index(
    "jobs_by_readiness", jobs.c.type, jobs.c.run_at, jobs.c.id, postgresql_where=~jobs.c.blocked
)
# One claimable or leased job a lane, by the database's word; who enqueues looks for it here.
sa.Index(
    "jobs_lane_head",
    jobs.c.lane,
    unique=True,
    postgresql_where=sa.and_(jobs.c.lane.is_not(None), ~jobs.c.blocked),
)
# promote.sql: the next of a lane. stuck_lanes.sql, waiting_lanes.sql: lanes that have followers.
sa.Index("jobs_lane_followers", jobs.c.lane, jobs.c.place, postgresql_where=jobs.c.blocked)
# stats.sql, and list of one type's blocked jobs.
sa.Index("jobs_blocked_by_type", jobs.c.type, jobs.c.id, postgresql_where=jobs.c.blocked)

scheduled_jobs = sa.Table(
    "scheduled_jobs",
    metadata,
    *_common(_id()),
    *_moments(),
    comment="Jobs due later, in no lane: enqueued so, or put off by a retry or a snooze",
    **_BUSY,
)
# due.sql: what has become due.
sa.Index("scheduled_jobs_by_time", scheduled_jobs.c.run_at, scheduled_jobs.c.id)
# stats.sql, and list of one type's jobs.
sa.Index("scheduled_jobs_by_type", scheduled_jobs.c.type, scheduled_jobs.c.id)
# list of one lane's jobs.
sa.Index(
    "scheduled_jobs_by_lane",
    scheduled_jobs.c.lane,
    scheduled_jobs.c.id,
    postgresql_where=scheduled_jobs.c.lane.is_not(None),
)

finished_jobs = sa.Table(
    "finished_jobs",
    metadata,
    *_common(sa.Column("id", sa.BigInteger, nullable=False, comment="Grows with time")),
    _column("state", sa.Text, "completed or cancelled"),
    _column("result", sa.Text, "A short word of the workflow"),
    _column("finished_at", _MOMENT, "When it ended"),
    *_moments(),
    sa.PrimaryKeyConstraint("id", "finished_at"),
    sa.CheckConstraint("state IN ('completed', 'cancelled')", name="finished_jobs_state_is_known"),
    comment="Jobs that ended well or were canceled, a partition a day",
    postgresql_partition_by="RANGE (finished_at)",
)
# list of one type's finished jobs, newest first; rates.sql.
sa.Index("finished_jobs_by_type", finished_jobs.c.type, finished_jobs.c.id)
# list of one lane's finished jobs.
sa.Index(
    "finished_jobs_by_lane",
    finished_jobs.c.lane,
    finished_jobs.c.id,
    postgresql_where=finished_jobs.c.lane.is_not(None),
)
# list of canceled jobs, which are few among many.
sa.Index(
    "finished_jobs_canceled",
    finished_jobs.c.id,
    postgresql_where=finished_jobs.c.state == "cancelled",
)

dead_jobs = sa.Table(
    "dead_jobs",
    metadata,
    *_common(_id()),
    _column("died_at", _MOMENT, "When it was given up"),
    *_moments(),
    comment="Jobs given up, kept until an operator retries them",
)
# list and count of one type's dead letters.
sa.Index("dead_jobs_by_type", dead_jobs.c.type, dead_jobs.c.id)

job_errors = sa.Table(
    "job_errors",
    metadata,
    sa.Column(
        "id", sa.BigInteger, sa.Identity(always=True), primary_key=True, comment="In order of time"
    ),
    _column("job_id", sa.BigInteger, "The job, wherever it is now"),
    _column("claim", sa.BigInteger, "The claim that failed"),
    _column("attempt", sa.Integer, "The attempt that failed"),
    _column("reason", sa.Text, "Class or code of the error; never a provider's sentence"),
    *_moments(),
    comment="Every error of every attempt; append-only",
)
# errors of one job, in order.
sa.Index("job_errors_by_job", job_errors.c.job_id, job_errors.c.id)

job_keys = sa.Table(
    "job_keys",
    metadata,
    sa.Column("key", KEY_TYPE, primary_key=True, comment="Idempotency key"),
    _column("job_id", sa.BigInteger, "The first job that had the key"),
    _column("body_sha", sa.LargeBinary, "SHA-256 of its payload"),
    _column(
        "ended_at",
        _MOMENT,
        "When the job ended, if that was more than a day after created_at; else NULL",
        null=True,
    ),
    *_moments(),
    comment="The ledger: a key is known until 30 days after its job ended",
)

# prune_keys.sql, rates.sql: the ledger in the order in which jobs were stored.
sa.Index("job_keys_by_job", job_keys.c.job_id)

worker_claims = sa.Table(
    "worker_claims",
    metadata,
    sa.Column("worker", sa.Text, primary_key=True, comment="Name of the worker process"),
    _column("job_ids", ARRAY(sa.BigInteger), "Jobs handed to it that it may still hold"),
    _column("claims", ARRAY(sa.BigInteger), "Their claim numbers, in the same order"),
    _column(
        "poll",
        sa.BigInteger,
        "The newest ClaimJobs call of the worker; 0 where it numbers none",
        server_default="0",
    ),
    _column("handed_at", _MOMENT, "When it was handed jobs last", null=True),
    *_moments(),
    comment="What each worker was handed, to find what it never received",
)

schedules = sa.Table(
    "schedules",
    metadata,
    sa.Column("name", sa.Text, primary_key=True, comment="Part of the keys of its jobs"),
    _column("cron", sa.Text, "Cron expression of five fields"),
    _column("time_zone", sa.Text, "IANA name; the expression is read in its local time"),
    _column("type", sa.Text, "Type of its jobs"),
    _column("payload", sa.LargeBinary, "JobPayload of its jobs, canonical"),
    _column("next_run_at", _MOMENT, "The next tick"),
    _column("deleted_at", _MOMENT, "An operator ended it; kept, or it would be seeded", null=True),
    *_moments(),
    comment="Jobs by the clock: each tick once, missed ticks as one",
)

paused_types = sa.Table(
    "paused_types",
    metadata,
    sa.Column("type", sa.Text, primary_key=True, comment="Name of the field of JobPayload"),
    _column("reason", sa.Text, "A code of the operator, may be empty; never a sentence"),
    *_moments("When the type was paused"),
    comment="Types that are not claimed; who paused them is in audit_records",
)

resumed_types = sa.Table(
    "resumed_types",
    metadata,
    sa.Column("type", sa.Text, primary_key=True, comment="Name of the field of JobPayload"),
    _column("resumed_at", _MOMENT, "When it was last resumed", server_default=sa.func.now()),
    *_moments("When it was first resumed"),
    comment="Types that were paused once: what was met before does not pause them again",
)

audit_records = audit_table(metadata)
