-- Moves locked jobs to the finished ones. A key is kept for 30 days from the end; only a job that
-- lived for more than a day has its end written into the ledger, for all others its age says enough.
-- A stage of an erasure that is done holds nobody's id: no later one comes by to take it out.
WITH gone AS (
  DELETE FROM jobs.jobs j
   USING unnest(
           CAST(:ids AS bigint[]), CAST(:states AS text[]), CAST(:results AS text[]),
           CAST(:reasons AS text[]), CAST(:settled AS boolean[])
         ) AS e (id, state, result, reason, settled)
   WHERE j.id = e.id
  RETURNING j.id, j.key, j.type, j.lane, j.priority, j.run_at, j.claim,
            CASE WHEN e.settled THEN j.claim ELSE j.settled_claim END AS settled_claim,
            j.attempt, j.first_claimed_at,
            CASE WHEN e.reason = '' THEN j.last_error ELSE e.reason END AS last_error,
            j.headers, j.payload, j.created_at, e.state, e.result, j.type = 'erase_user' AND e.state = 'completed' AS of_nobody
), marked AS (
  UPDATE jobs.job_keys k SET ended_at = now(), updated_at = now()
    FROM gone WHERE k.key = gone.key AND gone.created_at < now() - interval '1 day'
)
INSERT INTO jobs.finished_jobs (
  id, key, type, lane, priority, run_at, claim, settled_claim, attempt, first_claimed_at,
  last_error, headers, payload, created_at, state, result, finished_at)
SELECT id, key, type, CASE WHEN gone.of_nobody THEN NULL ELSE lane END, priority, run_at, claim,
       settled_claim, attempt, first_claimed_at, last_error, headers,
       CASE WHEN gone.of_nobody THEN ''::bytea ELSE payload END, created_at, state, result, now()
  FROM gone
