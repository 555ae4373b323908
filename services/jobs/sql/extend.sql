-- Makes leases whole again whose claim is still the newest, even where they had run out.
WITH held AS MATERIALIZED (
  SELECT j.id
    FROM jobs.jobs j
    JOIN unnest(CAST(:ids AS bigint[]), CAST(:claims AS bigint[])) AS u (id, claim)
      ON u.id = j.id AND u.claim = j.claim
   WHERE j.id = ANY (CAST(:ids AS bigint[])) AND j.lease_until IS NOT NULL
   ORDER BY j.id
     FOR UPDATE OF j
)
UPDATE jobs.jobs j
   SET lease_until = now() + t.lease, updated_at = now()
  FROM held, unnest(CAST(:types AS text[]), CAST(:leases AS interval[])) AS t (type, lease)
 WHERE j.id = held.id AND t.type = j.type
RETURNING j.id, j.claim, j.cancel_requested, t.lease
