-- The same, locked in the order of their ids. Lanes are locked before, never after.
SELECT j.id, j.key, j.type, j.lane, j.claim, j.settled_claim, j.attempt, j.blocked,
       j.cancel_requested, j.lease_until IS NOT NULL AS leased,
       coalesce(j.lease_until > now(), false) AS running, now() - j.first_claimed_at AS age
  FROM jobs.jobs j
 WHERE j.id = ANY (CAST(:ids AS bigint[]))
 ORDER BY j.id
   FOR UPDATE
