-- Stores the jobs whose keys are new; lanes are locked. Ids follow the order of the arguments and
-- serve as places in the lane; keys are taken in their own order, so that two batches with the same
-- keys wait for each other instead of deadlocking. Nearly always all keys are new, so they are stored
-- without ON CONFLICT first, which looks for each key twice and writes a record more of it; where one
-- is known, that is undone and done again. Jobs that are due and in no lane are stored as they come,
-- for the others it takes a look at the lanes. ready: whether it may be claimed at once.
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
DECLARE
  _ids bigint[] := ARRAY(
    SELECT nextval('jobs.job_ids') FROM generate_series(1, cardinality(_keys)));
  _plain bigint;
BEGIN
  BEGIN
    INSERT INTO jobs.job_keys (key, job_id, body_sha)
    SELECT i.key, i.id, i.body_sha
      FROM unnest(_keys, _ids, _body_shas) AS i (key, id, body_sha) ORDER BY i.key COLLATE "C";
  EXCEPTION WHEN unique_violation THEN
    WITH known AS (
      INSERT INTO jobs.job_keys (key, job_id, body_sha)
      SELECT i.key, i.id, i.body_sha
        FROM unnest(_keys, _ids, _body_shas) AS i (key, id, body_sha) ORDER BY i.key COLLATE "C"
      ON CONFLICT (key) DO NOTHING
      RETURNING job_id
    )
    SELECT array_agg(i.key), array_agg(i.id), array_agg(i.type), array_agg(i.lane),
           array_agg(i.priority), array_agg(i.run_at), array_agg(i.headers), array_agg(i.payload)
      INTO _keys, _ids, _types, _lanes, _priorities, _run_ats, _headers, _payloads
      FROM unnest(_keys, _ids, _types, _lanes, _priorities, _run_ats, _headers, _payloads)
             AS i (key, id, type, lane, priority, run_at, headers, payload)
      JOIN known ON known.job_id = i.id;
  END;
  RETURN QUERY
  INSERT INTO jobs.jobs AS j (
    id, key, type, priority, run_at, claim, settled_claim, attempt, last_error, headers, payload,
    place, blocked, cancel_requested)
  SELECT i.id, i.key, i.type, i.priority, now(), 0, 0, 0, '', i.headers, i.payload,
         i.id, false, false
    FROM unnest(_keys, _ids, _types, _lanes, _priorities, _run_ats, _headers, _payloads)
           AS i (key, id, type, lane, priority, run_at, headers, payload)
   WHERE i.lane IS NULL AND coalesce(i.run_at <= now(), true)
  RETURNING j.key, j.id, true;
  GET DIAGNOSTICS _plain = ROW_COUNT;
  IF _plain = coalesce(cardinality(_ids), 0) THEN
    RETURN;
  END IF;
  RETURN QUERY
  WITH item AS MATERIALIZED (
    SELECT i.*, coalesce(i.run_at <= now(), true) AS due
      FROM unnest(_keys, _ids, _types, _lanes, _priorities, _run_ats, _headers, _payloads)
             AS i (key, id, type, lane, priority, run_at, headers, payload)
     WHERE i.lane IS NOT NULL OR i.run_at > now()
  ), placed AS MATERIALIZED (
    SELECT f.*,
           row_number() OVER (PARTITION BY f.lane ORDER BY f.id) > 1
             OR EXISTS (SELECT FROM jobs.jobs h WHERE h.lane = f.lane AND NOT h.blocked) AS blocked
      FROM item f WHERE f.due
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
      FROM item WHERE NOT due ORDER BY id
  )
  SELECT p.key, p.id, NOT p.blocked FROM placed p
  UNION ALL
  SELECT f.key, f.id, false FROM item f WHERE NOT f.due;
END
$$
