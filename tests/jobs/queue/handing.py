"""Workers that wait, and jobs that nobody was told of."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from protos.jobs.v1 import jobs_pb2 as pb
from tests.jobs.queue.vocabulary import Queue, until

WAIT = 20.0
PATIENCE = 60.0

STORE = """
WITH known AS (
  INSERT INTO jobs.job_keys (key, job_id, body_sha)
  VALUES (%(key)s, nextval('jobs.job_ids'), '') RETURNING job_id
)
INSERT INTO jobs.jobs (
  id, key, type, priority, run_at, claim, settled_claim, attempt, last_error, payload, place,
  blocked, cancel_requested, worker, lease_until)
SELECT job_id, %(key)s, %(type)s, %(priority)s, now() - interval '1 minute',
       %(claim)s, 0, %(claim)s, '', '', 1, false, false, %(worker)s,
       now() + %(lease)s * interval '1 second'
  FROM known
RETURNING id
"""


@contextmanager
def waiting(
    queue: Queue, *types: str, count: int = 5, **more: Any
) -> Iterator[Future[list[pb.ClaimedJob]]]:
    """A worker that waits; what it is given."""
    before = queue.running.switchboard.polls
    with ThreadPoolExecutor(1) as pool:
        polling = pool.submit(queue.claim, *types, count=count, wait=WAIT, **more)
        until(lambda: queue.running.switchboard.polls > before, PATIENCE)
        all_are_at_rest(queue)
        yield polling


def all_are_at_rest(queue: Queue) -> None:
    """Waits until every poll waits, for which a job may be stored then."""
    polls = queue.running.switchboard._polls
    until(lambda: all(poll.is_free for poll in [*polls]), PATIENCE)


def plant(
    queue: Queue,
    key: str,
    kind: str,
    priority: int,
    *,
    worker: str | None = None,
    lease: int | None = None,
) -> int:
    """A due job behind everybody's back; leased where there is a lease."""
    given = {"key": key, "type": kind, "priority": priority, "worker": worker, "lease": lease}
    row = queue.admin.execute(STORE, given | {"claim": int(lease is not None)}).fetchone()
    assert row is not None
    return int(row[0])


def was_handed_over(queue: Queue, key: str) -> bool:
    """Whether the row, lease and all, is of the transaction that stored the key."""
    row = queue.admin.execute(
        "SELECT j.xmin = k.xmin, j.lease_until IS NOT NULL"
        " FROM jobs.jobs j JOIN jobs.job_keys k ON k.job_id = j.id WHERE j.key = %s",
        [key],
    ).fetchone()
    return row == (True, True)
