-- Ends claims well whose jobs are in lanes, or whose follow-ups are: a transaction in one round trip
-- that waits for no lane. First it takes the locks of the lanes, each for the job with this id; what
-- somebody else has at this moment is held, and its jobs are left alone. Only then does it look at
-- rows: what is in a lane whose lock is held stays as a statement that begins later sees it. The job
-- that ends was the head of its lane, of which there is one, so the next becomes it. An erasure is
-- left to archive.sql, which takes out whom it was about. Follow-ups are stored with their parents'
-- ends, in the order of the arguments, so where one lane is held all parents are left. Four kinds of
-- rows come back:
--   ended   by id and type; those that are missing were not ended
--   ready   so many jobs of a type may be claimed now
--   stored  by id and key, a follow-up whose key was new, and whether it may be claimed at once
--   known   by id, key and body, the first job with the key of a follow-up; with those there are some
--           of the keys that are stored
CREATE OR REPLACE FUNCTION jobs.complete_locked_jobs(
  _ids bigint[], _claims bigint[], _results text[],
  _class integer, _lockers bigint[], _locks integer[],
  _parents bigint[], _keys text[], _types text[], _lanes text[], _priorities smallint[],
  _run_ats timestamptz[], _headers jsonb[], _payloads bytea[], _body_shas bytea[]
) RETURNS TABLE (kind text, id bigint, name text, ready boolean, body_sha bytea)
LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_bitmapscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
AS $$
#variable_conflict use_column
DECLARE
  _held bigint[];
  _ended bigint[];
  _names text[];
  _ready text[];
  _wanted bigint;
  _found bigint;
BEGIN
  SELECT array_agg(DISTINCT l.id) INTO _held
    FROM unnest(_lockers, _locks) AS l (id, number)
   WHERE NOT pg_try_advisory_xact_lock(_class, l.number);
  WITH gone AS MATERIALIZED (
    DELETE FROM jobs.jobs j
     USING unnest(_ids, _claims, _results) AS e (id, claim, result)
     WHERE j.id = e.id AND j.claim = e.claim AND j.lease_until IS NOT NULL
       AND j.type <> 'erase_user'
       AND (_held IS NULL OR e.id <> ALL (_held) AND e.id <> ALL (_parents))
    RETURNING j.id, j.key, j.type, j.lane, j.priority, j.run_at, j.claim, j.attempt,
              j.first_claimed_at, j.last_error, j.headers, j.payload, j.created_at, e.result
  ), marked AS (
    UPDATE jobs.job_keys k SET ended_at = now(), updated_at = now()
      FROM gone WHERE k.key = gone.key AND gone.created_at < now() - interval '1 day'
  ), promoted AS (
    UPDATE jobs.jobs j
       SET blocked = false, run_at = now(), updated_at = now()
      FROM (
        SELECT (
                 SELECT w.ctid FROM jobs.jobs w
                  WHERE w.lane = gone.lane AND w.blocked ORDER BY w.place LIMIT 1
               ) AS spot
          FROM gone WHERE gone.lane IS NOT NULL
      ) AS next
     WHERE j.ctid = next.spot AND j.blocked
    RETURNING j.type
  ), archived AS (
    INSERT INTO jobs.finished_jobs AS f (
      id, key, type, lane, priority, run_at, claim, settled_claim, attempt, first_claimed_at,
      last_error, headers, payload, created_at, state, result, finished_at)
    SELECT g.id, g.key, g.type, g.lane, g.priority, g.run_at, g.claim, g.claim, g.attempt,
           g.first_claimed_at, g.last_error, g.headers, g.payload, g.created_at, 'completed',
           g.result, now()
      FROM gone g
    RETURNING f.id, f.type
  )
  SELECT (SELECT array_agg(p.type) FROM promoted p), array_agg(a.id), array_agg(a.type)
    INTO _ready, _ended, _names
    FROM archived a;
  RETURN QUERY
  SELECT 'ended', e.id, e.type, NULL::boolean, NULL::bytea FROM unnest(_ended, _names) AS e (id, type)
  UNION ALL
  SELECT 'ready', count(*), r.type, NULL, NULL FROM unnest(_ready) AS r (type) GROUP BY r.type;
  SELECT count(*) INTO _wanted FROM unnest(_parents) AS f (parent) WHERE f.parent = ANY (_ended);
  IF _wanted = 0 THEN
    RETURN;
  END IF;
  RETURN QUERY
  SELECT 'stored', n.id, n.key, n.ready, NULL::bytea
    FROM (
      SELECT array_agg(u.key) AS keys, array_agg(u.type) AS types, array_agg(u.lane) AS lanes,
             array_agg(u.priority) AS priorities, array_agg(u.run_at) AS run_ats,
             array_agg(u.headers) AS headers, array_agg(u.payload) AS payloads,
             array_agg(u.body_sha) AS body_shas
        FROM unnest(_parents, _keys, _types, _lanes, _priorities, _run_ats, _headers, _payloads,
                    _body_shas)
               AS u (parent, key, type, lane, priority, run_at, headers, payload, body_sha)
       WHERE u.parent = ANY (_ended)
    ) AS f
   CROSS JOIN LATERAL jobs.enqueue_jobs(f.keys, f.types, f.lanes, f.priorities, f.run_ats,
                                        f.headers, f.payloads, f.body_shas) AS n;
  GET DIAGNOSTICS _found = ROW_COUNT;
  IF _found < _wanted THEN
    RETURN QUERY
    SELECT 'known', k.job_id, k.key, NULL::boolean, k.body_sha
      FROM unnest(_parents, _keys) AS f (parent, key)
      JOIN jobs.job_keys k ON k.key = f.key
     WHERE f.parent = ANY (_ended);
    GET DIAGNOSTICS _found = ROW_COUNT;
    IF _found < _wanted THEN
      RAISE EXCEPTION 'a key was forgotten in this very moment' USING ERRCODE = 'serialization_failure';
    END IF;
  END IF;
END
$$;
