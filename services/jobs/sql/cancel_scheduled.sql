-- Moves a job that is not due to the finished ones.
WITH gone AS (
  DELETE FROM jobs.scheduled_jobs WHERE id = CAST(:id AS bigint)
  RETURNING id, key, type, lane, priority, run_at, claim, settled_claim, attempt,
            first_claimed_at, last_error, headers, payload, created_at
), marked AS (
  UPDATE jobs.job_keys k SET ended_at = now(), updated_at = now()
    FROM gone WHERE k.key = gone.key AND gone.created_at < now() - interval '1 day'
)
INSERT INTO jobs.finished_jobs (
  id, key, type, lane, priority, run_at, claim, settled_claim, attempt, first_claimed_at,
  last_error, headers, payload, created_at, state, result, finished_at)
SELECT id, key, type, lane, priority, run_at, claim, settled_claim, attempt, first_claimed_at,
       last_error, headers, payload, created_at, 'cancelled', '', now()
  FROM gone
