-- Stores one job that is due and in no lane, if its key is new, and leases it in the same breath to a
-- worker that waits for such jobs (_worker, NULL where none does): what enqueue_jobs and
-- claim_for_poll would do one after the other, in one transaction and without a second version of the
-- row. It is handed out exactly where claim_for_poll would hand out this one first: its type is not
-- paused, nothing of a type that comes before it or beside it (_ahead) may be claimed now, no newer
-- call of the worker's was there, and it holds all that it was handed before (_held). Where that is
-- not so, it is ready like any other. No row: the key is known. Statements that are as small as they
-- can be: on an idle machine everything that is read for the first time costs.
CREATE OR REPLACE FUNCTION jobs.enqueue_for_poll(
  _key text, _type text, _priority smallint, _headers jsonb, _payload bytea, _body_sha bytea,
  _worker text, _poll bigint, _lease interval, _ahead text[], _held bigint[], _claims bigint[]
) RETURNS TABLE (id bigint, leased boolean, stored_at timestamptz)
LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_bitmapscan = off
AS $$
#variable_conflict use_column
DECLARE
  _id bigint := nextval('jobs.job_ids');
  _leased boolean := false;
BEGIN
  INSERT INTO jobs.job_keys (key, job_id, body_sha) VALUES (_key, _id, _body_sha)
  ON CONFLICT (key) DO NOTHING;
  IF NOT FOUND THEN
    RETURN;
  END IF;

  IF _worker IS NOT NULL AND NOT EXISTS (SELECT FROM jobs.paused_types p WHERE p.type = _type)
    AND NOT EXISTS (
      SELECT FROM unnest(_ahead) AS a (type)
       CROSS JOIN LATERAL (
         SELECT FROM jobs.jobs j
          WHERE j.type = a.type AND NOT j.blocked AND j.run_at <= now()
            AND (j.lease_until IS NULL OR j.lease_until <= now())
          LIMIT 1
       ) AS due
       WHERE a.type <> ALL (ARRAY(SELECT p.type FROM jobs.paused_types p))
    )
  THEN
    INSERT INTO jobs.worker_claims AS w (worker, job_ids, claims, poll, handed_at)
    VALUES (_worker, ARRAY[_id], ARRAY[1::bigint], _poll, now())
    ON CONFLICT (worker) DO UPDATE
       SET job_ids = excluded.job_ids, claims = excluded.claims, poll = excluded.poll,
           handed_at = now(), updated_at = now()
     WHERE w.poll <= excluded.poll AND NOT EXISTS (
       SELECT FROM unnest(w.job_ids, w.claims) AS handed (id, claim)
        CROSS JOIN LATERAL (
          SELECT FROM jobs.jobs j
           WHERE j.id = handed.id AND j.claim = handed.claim
             AND j.lease_until IS NOT NULL AND j.worker = _worker
        ) AS missing
        WHERE NOT EXISTS (
          SELECT FROM unnest(_held, _claims) AS h (id, claim)
           WHERE h.id = handed.id AND h.claim = handed.claim
        )
     );
    _leased := FOUND;
  END IF;

  INSERT INTO jobs.jobs (
    id, key, type, priority, run_at, claim, settled_claim, attempt, last_error, headers, payload,
    place, blocked, cancel_requested, worker, lease_until, first_claimed_at)
  VALUES (
    _id, _key, _type, _priority, now(), _leased::integer, 0, _leased::integer, '', _headers,
    _payload, _id, false, false, CASE WHEN _leased THEN _worker END,
    CASE WHEN _leased THEN now() + _lease END, CASE WHEN _leased THEN now() END);
  RETURN QUERY SELECT _id, _leased, now();
END
$$
