-- Ends leases whose answer never reached the worker; the attempt was none.
WITH lost AS MATERIALIZED (
  SELECT j.id
    FROM jobs.jobs j
    JOIN unnest(CAST(:ids AS bigint[]), CAST(:claims AS bigint[])) AS u (id, claim)
      ON u.id = j.id AND u.claim = j.claim
   WHERE j.id = ANY (CAST(:ids AS bigint[])) AND j.lease_until IS NOT NULL AND j.worker = :worker
   ORDER BY j.id
     FOR UPDATE OF j
)
UPDATE jobs.jobs j
   SET lease_until = NULL, attempt = j.attempt - 1, updated_at = now()
  FROM lost WHERE j.id = lost.id
RETURNING j.type
