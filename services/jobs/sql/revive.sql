-- Brings a dead job back to the end of its lane, which is locked: attempts and age anew, but its
-- claims go on counting, so that no old token becomes valid again.
WITH gone AS (
  DELETE FROM jobs.dead_jobs WHERE id = CAST(:id AS bigint)
  RETURNING id, key, type, lane, priority, claim, settled_claim, last_error, headers, payload,
            created_at
)
INSERT INTO jobs.jobs (
  id, key, type, lane, priority, run_at, claim, settled_claim, attempt, first_claimed_at,
  last_error, headers, payload, created_at, place, blocked, cancel_requested)
SELECT g.id, g.key, g.type, g.lane, g.priority, now(), g.claim, g.settled_claim, 0, NULL,
       g.last_error, g.headers, g.payload, g.created_at, nextval('jobs.job_ids'),
       g.lane IS NOT NULL
         AND EXISTS (SELECT FROM jobs.jobs h WHERE h.lane = g.lane AND NOT h.blocked),
       false
  FROM gone g
RETURNING type, blocked
