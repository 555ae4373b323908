-- Goes through a portion of the ledger, oldest first, and forgets the keys of jobs that ended more
-- than 30 days ago. Where the end is not written down it came within a day of the start, unless the
-- job is still somewhere. A key that somebody else holds at this moment stays for the next time.
WITH seen AS MATERIALIZED (
  SELECT key, job_id, created_at
    FROM jobs.job_keys
   WHERE job_id > :after
   ORDER BY job_id
   LIMIT :portion
), old AS MATERIALIZED (
  SELECT k.key
    FROM jobs.job_keys k
   WHERE k.key = ANY (ARRAY(
           SELECT s.key FROM seen s
            WHERE s.created_at < now() - interval '30 days'
              AND NOT EXISTS (SELECT FROM jobs.jobs j WHERE j.id = s.job_id)
              AND NOT EXISTS (SELECT FROM jobs.scheduled_jobs j WHERE j.id = s.job_id)
              AND NOT EXISTS (SELECT FROM jobs.dead_jobs j WHERE j.id = s.job_id)))
     AND coalesce(k.ended_at, k.created_at + interval '1 day') < now() - interval '30 days'
   ORDER BY k.key
     FOR UPDATE SKIP LOCKED
), gone AS (
  DELETE FROM jobs.job_keys k USING old WHERE k.key = old.key RETURNING k.key
)
SELECT (SELECT count(*) FROM gone) AS pruned,
       (SELECT max(job_id) FROM seen) AS last,
       (SELECT count(*) = :portion AND min(created_at) < now() - interval '30 days' FROM seen)
         AS more
