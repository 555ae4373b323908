"""What holds in the tables of the queue at every moment, whoever is doing what to it.

Each promise is a query for what would break it. They know the tables and nothing of the code.
"""

from __future__ import annotations

from typing import Any, Final

import psycopg

LONGEST_STAY: Final = "30 seconds"
"""How long a head may wait in its lane while others are due."""

_EVERYWHERE: Final = """
  SELECT id, key, lane, claim, settled_claim, attempt FROM jobs.jobs
  UNION ALL
  SELECT id, key, lane, claim, settled_claim, attempt FROM jobs.scheduled_jobs
  UNION ALL
  SELECT id, key, lane, claim, settled_claim, attempt FROM jobs.dead_jobs
  UNION ALL
  SELECT id, key, lane, claim, settled_claim, attempt FROM jobs.finished_jobs
"""

BREACHES: Final = {
    "a key has two jobs": "SELECT key FROM everywhere GROUP BY key HAVING count(*) > 1",
    "a job is not in the ledger under its key": (
        "SELECT j.key FROM everywhere j LEFT JOIN jobs.job_keys k ON k.key = j.key"
        " WHERE k.job_id IS DISTINCT FROM j.id"
    ),
    # Only what ended long ago may be gone; tests keep nothing that long.
    "a key of the ledger has no job": (
        "SELECT k.key FROM jobs.job_keys k LEFT JOIN everywhere j ON j.id = k.job_id"
        " WHERE j.id IS NULL"
    ),
    "a lane has two jobs that may be claimed or are leased": (
        "SELECT lane FROM jobs.jobs WHERE lane IS NOT NULL AND NOT blocked"
        " GROUP BY lane HAVING count(*) > 1"
    ),
    "a lane has followers and no head": (
        "SELECT DISTINCT w.lane FROM jobs.jobs w WHERE w.blocked AND NOT EXISTS"
        " (SELECT FROM jobs.jobs h WHERE h.lane = w.lane AND NOT h.blocked)"
    ),
    "a job that is due is blocked by one that is not": (
        "SELECT w.key FROM jobs.jobs w JOIN jobs.jobs h ON h.lane = w.lane"
        f" WHERE w.blocked AND NOT h.blocked AND h.run_at > now() + interval '{LONGEST_STAY}'"
    ),
    "a job waits in the table of what is due for longer than it may": (
        f"SELECT key FROM jobs.jobs WHERE run_at > now() + interval '{LONGEST_STAY}'"
    ),
    "a follower stands before the head of its lane": (
        "SELECT w.key FROM jobs.jobs w JOIN jobs.jobs h ON h.lane = w.lane"
        " WHERE w.blocked AND NOT h.blocked AND w.place < h.place"
    ),
    "a claim was settled that was never given": (
        "SELECT key FROM everywhere WHERE settled_claim > claim OR attempt < 0"
    ),
    "a lease belongs to a claim that was settled": (
        "SELECT key FROM jobs.jobs WHERE lease_until IS NOT NULL AND settled_claim = claim"
    ),
}

_QUESTION: Final = f"WITH everywhere AS MATERIALIZED ({_EVERYWHERE}) " + " UNION ALL ".join(
    f"SELECT '{name}', found::text FROM ({query}) AS b (found)" for name, query in BREACHES.items()
)


def breaches(admin: psycopg.Connection[Any]) -> list[tuple[str, str]]:
    """Every promise that is broken now, with the key or lane where. One statement, one moment."""
    return admin.execute(_QUESTION.encode()).fetchall()
