-- Leases the chosen jobs, but for those that somebody else took since they were chosen. Changes no
-- indexed column, so the new version of a row stays on its page.
WITH chosen AS MATERIALIZED (
  SELECT j.id
    FROM jobs.jobs j
   WHERE j.id = ANY (CAST(:ids AS bigint[])) AND NOT j.blocked AND j.run_at <= now()
     AND (j.lease_until IS NULL OR j.lease_until <= now()) AND NOT j.cancel_requested
   ORDER BY j.id
     FOR UPDATE SKIP LOCKED
)
UPDATE jobs.jobs j
   SET claim = j.claim + 1, attempt = j.attempt + 1, worker = :worker,
       lease_until = now() + t.lease, updated_at = now(),
       first_claimed_at = coalesce(j.first_claimed_at, now())
  FROM chosen,
       unnest(CAST(:types AS text[]), CAST(:leases AS interval[])) AS t (type, lease)
 WHERE j.id = chosen.id AND t.type = j.type
RETURNING j.id, j.key, j.type, j.lane, j.priority, j.run_at, j.claim, j.attempt, j.last_error,
          j.headers, j.payload, j.created_at, now() - j.first_claimed_at AS age, t.lease
