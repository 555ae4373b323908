-- Jobs as they stand, to learn which lanes must be locked; a lane never changes.
SELECT j.id, j.key, j.type, j.lane, j.claim, j.settled_claim, j.attempt, j.blocked,
       j.cancel_requested, j.lease_until IS NOT NULL AS leased,
       coalesce(j.lease_until > now(), false) AS running, now() - j.first_claimed_at AS age
  FROM jobs.jobs j
 WHERE j.id = ANY (CAST(:ids AS bigint[]))
