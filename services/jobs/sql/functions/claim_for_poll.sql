-- Leases to a worker the jobs of some types that are due, the most urgent first, then the longest
-- due; a claim is one round trip. Nothing of a paused type is looked at. First, in a statement of its
-- own, the call takes its place among those of its worker: the next statement sees what an older call
-- was leased until then, as lost, and whatever that one still asks for is refused. Four kinds of rows
-- come back:
--   leased  handed out now
--   over    spent, or asked to stop by an operator while its worker lost it: not handed out
--   lost    handed out by the answer before this one, which never arrived: then nothing is leased
--   old     a newer call of its worker's was there: it stands alone
-- What is handed out is remembered for the next claim; _goes_on: beside what this answer has already.
-- What was found is locked and changed where it lies (ctid), not looked up anew; a row that moved
-- meanwhile is left for the next claim. Changes no indexed column, so the new version of a row stays
-- on its page.
CREATE OR REPLACE FUNCTION jobs.claim_for_poll(
  _worker text, _poll bigint, _count integer, _goes_on boolean, _held bigint[], _claims bigint[],
  _types text[], _priorities smallint[], _leases interval[], _attempts integer[], _ages interval[]
) RETURNS TABLE (
  kind text, id bigint, type text, claim bigint, key text, lane text, priority smallint,
  run_at timestamptz, attempt integer, last_error text, headers jsonb, payload bytea,
  created_at timestamptz, age interval
)
LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_bitmapscan = off
AS $$
#variable_conflict use_column
BEGIN
  INSERT INTO jobs.worker_claims AS w (worker, job_ids, claims, poll)
  VALUES (_worker, '{}', '{}', _poll)
  ON CONFLICT (worker) DO UPDATE SET poll = excluded.poll, updated_at = now()
   WHERE w.poll < excluded.poll;
  IF NOT FOUND AND EXISTS (
    SELECT FROM jobs.worker_claims w WHERE w.worker = _worker AND w.poll > _poll
  ) THEN
    RETURN QUERY
    SELECT 'old', NULL::bigint, NULL::text, NULL::bigint, NULL::text, NULL::text, NULL::smallint,
           NULL::timestamptz, NULL::integer, NULL::text, NULL::jsonb, NULL::bytea,
           NULL::timestamptz, NULL::interval;
    RETURN;
  END IF;
  RETURN QUERY
  WITH rule AS MATERIALIZED (
    SELECT r.type, r.priority, r.lease, r.attempts, r.age
      FROM unnest(_types, _priorities, _leases, _attempts, _ages)
        AS r (type, priority, lease, attempts, age)
     WHERE r.type <> ALL (ARRAY(SELECT p.type FROM jobs.paused_types p))
  ), handed AS MATERIALIZED (
    SELECT u.id, u.claim
      FROM jobs.worker_claims w, unnest(w.job_ids, w.claims) AS u (id, claim)
     WHERE w.worker = _worker
  ), lost AS MATERIALIZED (
    SELECT l.id, l.type, l.claim
      FROM (
        SELECT id, claim FROM handed
        EXCEPT SELECT h.id, h.claim FROM unnest(_held, _claims) AS h (id, claim)
      ) AS missing
     CROSS JOIN LATERAL (
       SELECT j.id, j.type, j.claim FROM jobs.jobs j
        WHERE j.id = missing.id AND j.claim = missing.claim
          AND j.lease_until IS NOT NULL AND j.worker = _worker
     ) AS l
  ), found AS MATERIALIZED (
    SELECT c.id, c.type, c.spot, c.over, rule.lease
      FROM rule
     CROSS JOIN LATERAL (
       SELECT j.id, j.type, j.run_at, j.ctid AS spot,
              j.cancel_requested OR coalesce(j.attempt >= rule.attempts, false)
                OR coalesce(j.first_claimed_at + rule.age <= now(), false) AS over
         FROM jobs.jobs j
        WHERE j.type = rule.type AND NOT j.blocked AND j.run_at <= now()
          AND (j.lease_until IS NULL OR j.lease_until <= now())
        ORDER BY j.run_at, j.id
        LIMIT _count
     ) AS c
     WHERE NOT EXISTS (SELECT FROM lost)
     ORDER BY rule.priority, c.run_at, c.id
     LIMIT _count
  ), chosen AS MATERIALIZED (
    SELECT l.spot, f.lease
      FROM (SELECT f.spot, f.lease FROM found f WHERE NOT f.over ORDER BY f.id) AS f
     CROSS JOIN LATERAL (
       SELECT j.ctid AS spot FROM jobs.jobs j
        WHERE j.ctid = f.spot AND NOT j.blocked AND j.run_at <= now()
          AND (j.lease_until IS NULL OR j.lease_until <= now()) AND NOT j.cancel_requested
          FOR UPDATE SKIP LOCKED
     ) AS l
  ), leased AS (
    UPDATE jobs.jobs j
       SET claim = j.claim + 1, attempt = j.attempt + 1, worker = _worker,
           lease_until = now() + chosen.lease, updated_at = now(),
           first_claimed_at = coalesce(j.first_claimed_at, now())
      FROM chosen
     WHERE j.ctid = chosen.spot
    RETURNING j.id, j.type, j.claim, j.key, j.lane, j.priority, j.run_at, j.attempt, j.last_error,
              j.headers, j.payload, j.created_at, now() - j.first_claimed_at AS age
  ), remembered AS (
    UPDATE jobs.worker_claims w
       SET job_ids = CASE WHEN _goes_on THEN w.job_ids ELSE '{}' END || h.job_ids,
           claims = CASE WHEN _goes_on THEN w.claims ELSE '{}' END || h.claims,
           handed_at = now(), updated_at = now()
      FROM (
        SELECT array_agg(l.id) AS job_ids, array_agg(l.claim) AS claims
          FROM leased l HAVING count(*) > 0
      ) AS h
     WHERE w.worker = _worker
  )
  SELECT * FROM (
    SELECT 'leased' AS kind, l.id, l.type, l.claim, l.key, l.lane, l.priority, l.run_at, l.attempt,
           l.last_error, l.headers, l.payload, l.created_at, l.age
      FROM leased l
    UNION ALL
    SELECT 'over', f.id, f.type, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
      FROM found f WHERE f.over
    UNION ALL
    SELECT 'lost', l.id, l.type, l.claim, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
      FROM lost l
  ) AS answer
  ORDER BY answer.priority, answer.run_at, answer.id;
END
$$
