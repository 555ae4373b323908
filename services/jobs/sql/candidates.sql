-- For each type the jobs that may be claimed, the longest due first, so many as are wanted. `over`:
-- spent, or asked to stop by an operator while its worker lost it; those are not handed out. Of a
-- paused type nothing is looked at: the array is read once, not once a row.
SELECT c.id, c.type, c.run_at, c.over
  FROM unnest(
         CAST(:types AS text[]), CAST(:wanted AS integer[]),
         CAST(:attempts AS integer[]), CAST(:ages AS interval[])
       ) AS t (type, wanted, attempts, age)
 CROSS JOIN LATERAL (
   SELECT j.id, j.type, j.run_at,
          j.cancel_requested OR coalesce(j.attempt >= t.attempts, false)
            OR coalesce(j.first_claimed_at + t.age <= now(), false) AS over
     FROM jobs.jobs j
    WHERE j.type = t.type AND NOT j.blocked AND j.run_at <= now()
      AND (j.lease_until IS NULL OR j.lease_until <= now())
    ORDER BY j.run_at, j.id
    LIMIT t.wanted
 ) AS c
 WHERE t.type <> ALL (ARRAY(SELECT p.type FROM jobs.paused_types p))
