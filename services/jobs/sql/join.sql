-- Moves jobs that are due to the live ones, each to the end of its lane, which is locked. `early`
-- takes them before their time.
WITH gone AS (
  DELETE FROM jobs.scheduled_jobs s
   USING (
           SELECT d.id FROM jobs.scheduled_jobs d
            WHERE d.id = ANY (CAST(:ids AS bigint[]))
              AND (d.run_at <= now() OR CAST(:early AS boolean))
            ORDER BY d.id
              FOR UPDATE SKIP LOCKED
         ) AS due
   WHERE s.id = due.id
  RETURNING s.id, s.key, s.type, s.lane, s.priority, least(s.run_at, now()) AS run_at, s.claim,
            s.settled_claim, s.attempt, s.first_claimed_at, s.last_error, s.headers, s.payload,
            s.created_at
), placed AS MATERIALIZED (
  SELECT o.*, nextval('jobs.job_ids') AS place
    FROM (SELECT gone.* FROM gone ORDER BY run_at, id) AS o
)
INSERT INTO jobs.jobs (
  id, key, type, lane, priority, run_at, claim, settled_claim, attempt, first_claimed_at,
  last_error, headers, payload, created_at, place, blocked, cancel_requested)
SELECT p.id, p.key, p.type, p.lane, p.priority, p.run_at, p.claim, p.settled_claim, p.attempt,
       p.first_claimed_at, p.last_error, p.headers, p.payload, p.created_at, p.place,
       p.lane IS NOT NULL AND (
         row_number() OVER (PARTITION BY p.lane ORDER BY p.place) > 1
         OR EXISTS (SELECT FROM jobs.jobs h WHERE h.lane = p.lane AND NOT h.blocked)
       ),
       false
  FROM placed p
RETURNING type, blocked
