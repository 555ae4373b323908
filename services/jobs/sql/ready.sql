-- How many jobs of each type may be claimed now, counted up to a hundred; of a paused type none.
SELECT t.type, count(*) AS ready
  FROM unnest(CAST(:types AS text[])) AS t (type)
 CROSS JOIN LATERAL (
   SELECT FROM jobs.jobs j
    WHERE j.type = t.type AND NOT j.blocked AND j.run_at <= now()
      AND (j.lease_until IS NULL OR j.lease_until <= now())
    ORDER BY j.run_at, j.id
    LIMIT 100
 ) AS r
 WHERE t.type <> ALL (ARRAY(SELECT p.type FROM jobs.paused_types p))
 GROUP BY t.type
