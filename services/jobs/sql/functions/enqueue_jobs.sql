-- Stores the jobs whose keys are new; lanes are locked. Ids follow the order of the arguments and
-- serve as places in the lane; keys are taken in their own order, so that two batches with the same
-- keys wait for each other instead of deadlocking. ready: whether it may be claimed at once.
CREATE OR REPLACE FUNCTION jobs.enqueue_jobs(
  _keys text[], _types text[], _lanes text[], _priorities smallint[], _run_ats timestamptz[],
  _headers jsonb[], _payloads bytea[], _body_shas bytea[]
) RETURNS TABLE (key text, id bigint, ready boolean)
LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_bitmapscan = off
AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
  WITH item AS MATERIALIZED (
    SELECT nextval('jobs.job_ids') AS id, i.*
      FROM unnest(
             _keys, _types, _lanes, _priorities, _run_ats, _headers, _payloads, _body_shas
           ) AS i (key, type, lane, priority, run_at, headers, payload, body_sha)
  ), known AS (
    INSERT INTO jobs.job_keys (key, job_id, body_sha)
    SELECT key, id, body_sha FROM item ORDER BY key COLLATE "C"
    ON CONFLICT (key) DO NOTHING
    RETURNING job_id
  ), fresh AS MATERIALIZED (
    SELECT i.*, coalesce(i.run_at <= now(), true) AS due
      FROM item i JOIN known k ON k.job_id = i.id
  ), placed AS MATERIALIZED (
    SELECT f.*,
           f.lane IS NOT NULL AND (
             row_number() OVER (PARTITION BY f.lane ORDER BY f.id) > 1
             OR EXISTS (SELECT FROM jobs.jobs h WHERE h.lane = f.lane AND NOT h.blocked)
           ) AS blocked
      FROM fresh f WHERE f.due
  ), live AS (
    INSERT INTO jobs.jobs (
      id, key, type, lane, priority, run_at, claim, settled_claim, attempt, last_error,
      headers, payload, place, blocked, cancel_requested)
    SELECT id, key, type, lane, priority, now(), 0, 0, 0, '', headers, payload, id, blocked, false
      FROM placed ORDER BY id
  ), later AS (
    INSERT INTO jobs.scheduled_jobs (
      id, key, type, lane, priority, run_at, claim, settled_claim, attempt, last_error,
      headers, payload)
    SELECT id, key, type, lane, priority, run_at, 0, 0, 0, '', headers, payload
      FROM fresh WHERE NOT due ORDER BY id
  )
  SELECT p.key, p.id, NOT p.blocked FROM placed p
  UNION ALL
  SELECT f.key, f.id, false FROM fresh f WHERE NOT f.due;
END
$$
