-- Jobs that were begun and go on being tried, by type and why. Of each type those that are due the
-- longest and the oldest of those that are due later: an outage shows in them, however much waits.
SELECT t.type, j.last_error, count(*) AS jobs, now() - min(j.first_claimed_at) AS age
  FROM unnest(CAST(:types AS text[])) AS t (type)
 CROSS JOIN LATERAL (
   (SELECT d.last_error, d.first_claimed_at
      FROM jobs.jobs d
     WHERE d.type = t.type AND NOT d.blocked
     ORDER BY d.run_at, d.id
     LIMIT CAST(:most AS bigint))
   UNION ALL
   (SELECT s.last_error, s.first_claimed_at
      FROM jobs.scheduled_jobs s
     -- in words that leave no other index: a type with few jobs would be looked for among all ids
     WHERE s.type BETWEEN t.type AND t.type
     ORDER BY s.type, s.id
     LIMIT CAST(:most AS bigint))
 ) AS j
 WHERE j.last_error <> '' AND j.first_claimed_at IS NOT NULL
 GROUP BY t.type, j.last_error
 ORDER BY count(*) DESC, t.type, j.last_error
 LIMIT CAST(:shown AS bigint)
