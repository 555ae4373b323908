-- Goes through a portion of the errors, oldest first, and drops those of jobs that are nowhere any
-- more.
WITH seen AS MATERIALIZED (
  SELECT id, job_id, created_at
    FROM jobs.job_errors
   WHERE id > :after
   ORDER BY id
   LIMIT :portion
), gone AS (
  DELETE FROM jobs.job_errors e
   WHERE e.id = ANY (ARRAY(
           SELECT s.id FROM seen s
            WHERE s.created_at < now() - interval '14 days'
              AND NOT EXISTS (SELECT FROM jobs.jobs j WHERE j.id = s.job_id)
              AND NOT EXISTS (SELECT FROM jobs.scheduled_jobs j WHERE j.id = s.job_id)
              AND NOT EXISTS (SELECT FROM jobs.dead_jobs j WHERE j.id = s.job_id)
              AND NOT EXISTS (SELECT FROM jobs.finished_jobs j WHERE j.id = s.job_id)))
  RETURNING e.id
)
SELECT (SELECT count(*) FROM gone) AS pruned,
       (SELECT max(id) FROM seen) AS last,
       (SELECT count(*) = :portion AND min(created_at) < now() - interval '14 days' FROM seen)
         AS more
