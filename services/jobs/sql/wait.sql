-- Ends claims of locked jobs that keep their place and are due again in a moment.
UPDATE jobs.jobs j
   SET run_at = now() + e.delay, lease_until = NULL, settled_claim = j.claim,
       attempt = j.attempt - e.refund, updated_at = now(),
       last_error = CASE WHEN e.reason = '' THEN j.last_error ELSE e.reason END
  FROM unnest(
         CAST(:ids AS bigint[]), CAST(:delays AS interval[]), CAST(:refunds AS integer[]),
         CAST(:reasons AS text[])
       ) AS e (id, delay, refund, reason)
 WHERE j.id = e.id
