-- Ends claims well whose jobs are in no lane and have no follow-ups: one statement, so a transaction
-- in one round trip. Of the others, and of those in _rest, whose claims are current it tells the
-- lanes, which complete_locked_jobs wants locked. Rows are looked up and deleted one by one in the order
-- of the ids, which are sorted: no other kind of join is allowed. A key is kept for 30 days from the
-- end; only a job that lived for more than a day has its end written into the ledger, for all others
-- its age says enough.
CREATE OR REPLACE FUNCTION jobs.complete_laneless_jobs(
  _ids bigint[], _claims bigint[], _results text[], _rest bigint[], _rest_claims bigint[]
) RETURNS TABLE (ended boolean, id bigint, type text, lane text)
LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_bitmapscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
AS $$
#variable_conflict use_column
DECLARE
  _ended bigint;
BEGIN
  RETURN QUERY
  WITH gone AS (
    DELETE FROM jobs.jobs j
     USING unnest(_ids, _claims, _results) AS e (id, claim, result)
     WHERE j.id = e.id AND j.claim = e.claim AND j.lease_until IS NOT NULL AND j.lane IS NULL
    RETURNING j.id, j.key, j.type, j.priority, j.run_at, j.claim, j.attempt, j.first_claimed_at,
              j.last_error, j.headers, j.payload, j.created_at, e.result
  ), marked AS (
    UPDATE jobs.job_keys k SET ended_at = now(), updated_at = now()
      FROM gone WHERE k.key = gone.key AND gone.created_at < now() - interval '1 day'
  )
  INSERT INTO jobs.finished_jobs AS f (
    id, key, type, priority, run_at, claim, settled_claim, attempt, first_claimed_at,
    last_error, headers, payload, created_at, state, result, finished_at)
  SELECT g.id, g.key, g.type, g.priority, g.run_at, g.claim, g.claim, g.attempt,
         g.first_claimed_at, g.last_error, g.headers, g.payload, g.created_at, 'completed',
         g.result, now()
    FROM gone g
  RETURNING true, f.id, f.type, f.lane;
  GET DIAGNOSTICS _ended = ROW_COUNT;
  IF _ended < cardinality(_ids) + cardinality(_rest) THEN
    RETURN QUERY
    SELECT false, j.id, j.type, j.lane
      FROM unnest(_ids || _rest, _claims || _rest_claims) AS e (id, claim)
      JOIN jobs.jobs j ON j.id = e.id AND j.claim = e.claim AND j.lease_until IS NOT NULL;
  END IF;
END
$$;
