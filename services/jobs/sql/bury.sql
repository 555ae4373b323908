-- Moves locked jobs to the dead letters.
WITH gone AS (
  DELETE FROM jobs.jobs j
   USING unnest(
           CAST(:ids AS bigint[]), CAST(:reasons AS text[]), CAST(:settled AS boolean[])
         ) AS e (id, reason, settled)
   WHERE j.id = e.id
  RETURNING j.id, j.key, j.type, j.lane, j.priority, j.run_at, j.claim,
            CASE WHEN e.settled THEN j.claim ELSE j.settled_claim END AS settled_claim,
            j.attempt, j.first_claimed_at, e.reason, j.headers, j.payload, j.created_at
)
INSERT INTO jobs.dead_jobs (
  id, key, type, lane, priority, run_at, claim, settled_claim, attempt, first_claimed_at,
  last_error, headers, payload, created_at, died_at)
SELECT id, key, type, lane, priority, run_at, claim, settled_claim, attempt, first_claimed_at,
       reason, headers, payload, created_at, now()
  FROM gone
