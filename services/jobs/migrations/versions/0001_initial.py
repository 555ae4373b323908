"""The queue: live, scheduled, finished and dead jobs, their ledger, errors and schedules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from kit.audit import audit_migration

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SCHEMA = "jobs"
TABLES = (
    "jobs scheduled_jobs finished_jobs dead_jobs job_errors job_keys worker_claims schedules"
).split()
# Database time, UTC days; the DEFAULT partition takes what no other does, so that a missing one
# never stops a settlement.
PARTITIONS = """
CREATE TABLE jobs.finished_jobs_default PARTITION OF jobs.finished_jobs DEFAULT;
DO $$
DECLARE
  first date := (now() AT TIME ZONE 'UTC')::date;
  day date;
BEGIN
  FOR day IN SELECT first + n FROM generate_series(0, 14) AS n LOOP
    EXECUTE format(
      'CREATE TABLE jobs.finished_jobs_%s PARTITION OF jobs.finished_jobs'
      ' FOR VALUES FROM (%L) TO (%L)',
      to_char(day, 'YYYYMMDD'), day::text || ' 00:00+00', (day + 1)::text || ' 00:00+00');
  END LOOP;
END $$
"""

KEY_TYPE = sa.Text(collation="C")
_MOMENT = sa.DateTime(timezone=True)
# Rows come and go by the thousand: vacuum by their number, and without pauses.
_BUSY: dict[str, Any] = {
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


def _moments() -> Sequence[sa.Column[Any]]:
    now = sa.func.now()
    return (
        _column("created_at", _MOMENT, "When the job was stored", server_default=now),
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


def upgrade() -> None:
    """Create the queue and the audit trail."""
    op.execute("CREATE SEQUENCE jobs.job_ids AS bigint CACHE 1")
    _create_live()
    _create_ended()
    _create_records()
    op.execute(PARTITIONS)
    op.execute("REVOKE UPDATE, TRUNCATE ON jobs.job_errors FROM jobs_writer")
    audit_migration(op, SCHEMA)


def downgrade() -> None:
    """Drop everything of this schema's first version."""
    for table in ("audit_records", *reversed(TABLES)):
        op.drop_table(table, schema=SCHEMA)
    op.execute("DROP SEQUENCE jobs.job_ids")


def _create_live() -> None:
    op.create_table(
        "jobs",
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
        **_BUSY,
        schema=SCHEMA,
    )
    op.create_index(
        "jobs_by_readiness",
        "jobs",
        ["type", "run_at", "id"],
        schema=SCHEMA,
        postgresql_where=sa.text("NOT blocked"),
    )
    op.create_index(
        "jobs_lane_head",
        "jobs",
        ["lane"],
        schema=SCHEMA,
        unique=True,
        postgresql_where=sa.text("lane IS NOT NULL AND NOT blocked"),
    )
    op.create_index(
        "jobs_lane_followers",
        "jobs",
        ["lane", "place"],
        schema=SCHEMA,
        postgresql_where=sa.text("blocked"),
    )
    op.create_table(
        "scheduled_jobs",
        *_common(_id()),
        *_moments(),
        comment="Jobs due later, in no lane: enqueued so, or put off by a retry or a snooze",
        **_BUSY,
        schema=SCHEMA,
    )
    op.create_index(
        "scheduled_jobs_by_time",
        "scheduled_jobs",
        ["run_at", "id"],
        schema=SCHEMA,
    )
    op.create_index(
        "scheduled_jobs_by_lane",
        "scheduled_jobs",
        ["lane", "id"],
        schema=SCHEMA,
        postgresql_where=sa.text("lane IS NOT NULL"),
    )


def _create_ended() -> None:
    op.create_table(
        "finished_jobs",
        *_common(sa.Column("id", sa.BigInteger, nullable=False, comment="Grows with time")),
        _column("state", sa.Text, "completed or cancelled"),
        _column("result", sa.Text, "A short word of the workflow"),
        _column("finished_at", _MOMENT, "When it ended"),
        *_moments(),
        sa.PrimaryKeyConstraint("id", "finished_at"),
        sa.CheckConstraint(
            "state IN ('completed', 'cancelled')", name="finished_jobs_state_is_known"
        ),
        comment="Jobs that ended well or were canceled, a partition a day",
        postgresql_partition_by="RANGE (finished_at)",
        schema=SCHEMA,
    )
    op.create_index(
        "finished_jobs_by_type",
        "finished_jobs",
        ["type", "id"],
        schema=SCHEMA,
    )
    op.create_index(
        "finished_jobs_by_lane",
        "finished_jobs",
        ["lane", "id"],
        schema=SCHEMA,
        postgresql_where=sa.text("lane IS NOT NULL"),
    )
    op.create_index(
        "finished_jobs_canceled",
        "finished_jobs",
        ["id"],
        schema=SCHEMA,
        postgresql_where=sa.text("state = 'cancelled'"),
    )
    op.create_table(
        "dead_jobs",
        *_common(_id()),
        _column("died_at", _MOMENT, "When it was given up"),
        *_moments(),
        comment="Jobs given up, kept until an operator retries them",
        schema=SCHEMA,
    )
    op.create_index(
        "dead_jobs_by_type",
        "dead_jobs",
        ["type", "id"],
        schema=SCHEMA,
    )
    op.create_table(
        "job_errors",
        sa.Column(
            "id",
            sa.BigInteger,
            sa.Identity(always=True),
            primary_key=True,
            comment="In order of time",
        ),
        _column("job_id", sa.BigInteger, "The job, wherever it is now"),
        _column("claim", sa.BigInteger, "The claim that failed"),
        _column("attempt", sa.Integer, "The attempt that failed"),
        _column("reason", sa.Text, "Class or code of the error; never a provider's sentence"),
        *_moments(),
        comment="Every error of every attempt; append-only",
        schema=SCHEMA,
    )
    op.create_index(
        "job_errors_by_job",
        "job_errors",
        ["job_id", "id"],
        schema=SCHEMA,
    )


def _create_records() -> None:
    op.create_table(
        "job_keys",
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
        schema=SCHEMA,
    )
    op.create_table(
        "worker_claims",
        sa.Column("worker", sa.Text, primary_key=True, comment="Name of the worker process"),
        _column("job_ids", ARRAY(sa.BigInteger), "Jobs handed to it that it may still hold"),
        _column("claims", ARRAY(sa.BigInteger), "Their claim numbers, in the same order"),
        *_moments(),
        comment="What each worker was handed, to find what it never received",
        schema=SCHEMA,
    )
    op.create_table(
        "schedules",
        sa.Column("name", sa.Text, primary_key=True, comment="Part of the keys of its jobs"),
        _column("cron", sa.Text, "Cron expression of five fields"),
        _column("time_zone", sa.Text, "IANA name; the expression is read in its local time"),
        _column("type", sa.Text, "Type of its jobs"),
        _column("payload", sa.LargeBinary, "JobPayload of its jobs, canonical"),
        _column("next_run_at", _MOMENT, "The next tick"),
        *_moments(),
        comment="Jobs by the clock: each tick once, missed ticks as one",
        schema=SCHEMA,
    )
