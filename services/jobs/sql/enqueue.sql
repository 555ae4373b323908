-- Stores the jobs whose keys are new; lanes are locked. Ids follow the order of the arguments and
-- serve as places in the lane; keys are taken in their own order, so that two batches with the same
-- keys wait for each other instead of deadlocking.
WITH item AS MATERIALIZED (
  SELECT nextval('jobs.job_ids') AS id, i.key, i.type, i.lane, i.priority, i.run_at,
         i.headers, i.payload, i.body_sha
    FROM unnest(
           CAST(:keys AS text[]), CAST(:types AS text[]), CAST(:lanes AS text[]),
           CAST(:priorities AS smallint[]), CAST(:run_ats AS timestamptz[]),
           CAST(:headers AS jsonb[]), CAST(:payloads AS bytea[]), CAST(:body_shas AS bytea[])
         ) AS i (key, type, lane, priority, run_at, headers, payload, body_sha)
), known AS (
  INSERT INTO jobs.job_keys (key, job_id, body_sha)
  SELECT key, id, body_sha FROM item ORDER BY key COLLATE "C"
  ON CONFLICT (key) DO NOTHING
  RETURNING job_id
), fresh AS MATERIALIZED (
  SELECT i.*, coalesce(i.run_at <= now(), true) AS due
    FROM item i JOIN known k ON k.job_id = i.id
), placed AS MATERIALIZED (
  SELECT f.id,
         f.lane IS NOT NULL AND (
           row_number() OVER (PARTITION BY f.lane ORDER BY f.id) > 1
           OR EXISTS (SELECT FROM jobs.jobs h WHERE h.lane = f.lane AND NOT h.blocked)
         ) AS blocked
    FROM fresh f WHERE f.due
), live AS (
  INSERT INTO jobs.jobs (
    id, key, type, lane, priority, run_at, claim, settled_claim, attempt, last_error,
    headers, payload, place, blocked, cancel_requested)
  SELECT f.id, f.key, f.type, f.lane, f.priority, now(), 0, 0, 0, '',
         f.headers, f.payload, f.id, p.blocked, false
    FROM fresh f JOIN placed p ON p.id = f.id ORDER BY f.id
), later AS (
  INSERT INTO jobs.scheduled_jobs (
    id, key, type, lane, priority, run_at, claim, settled_claim, attempt, last_error,
    headers, payload)
  SELECT id, key, type, lane, priority, run_at, 0, 0, 0, '', headers, payload
    FROM fresh WHERE NOT due ORDER BY id
)
SELECT f.key, f.id, coalesce(NOT p.blocked, false) AS ready
  FROM fresh f LEFT JOIN placed p ON p.id = f.id
