-- Ends claims of locked jobs that are not due for a while: they leave their lane.
WITH gone AS (
  DELETE FROM jobs.jobs j
   USING unnest(
           CAST(:ids AS bigint[]), CAST(:delays AS interval[]), CAST(:refunds AS integer[]),
           CAST(:reasons AS text[])
         ) AS e (id, delay, refund, reason)
   WHERE j.id = e.id
  RETURNING j.id, j.key, j.type, j.lane, j.priority, now() + e.delay AS run_at, j.claim,
            j.claim AS settled_claim, j.attempt - e.refund AS attempt, j.first_claimed_at,
            CASE WHEN e.reason = '' THEN j.last_error ELSE e.reason END AS last_error,
            j.headers, j.payload, j.created_at
)
INSERT INTO jobs.scheduled_jobs (
  id, key, type, lane, priority, run_at, claim, settled_claim, attempt, first_claimed_at,
  last_error, headers, payload, created_at)
SELECT id, key, type, lane, priority, run_at, claim, settled_claim, attempt, first_claimed_at,
       last_error, headers, payload, created_at
  FROM gone
