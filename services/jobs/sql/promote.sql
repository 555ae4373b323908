-- In each of these locked lanes that has no head, the next job becomes it.
UPDATE jobs.jobs j
   SET blocked = false, run_at = now(), updated_at = now()
  FROM (
    SELECT (
             SELECT w.id FROM jobs.jobs w
              WHERE w.lane = l.lane AND w.blocked ORDER BY w.place LIMIT 1
           ) AS id
      FROM unnest(CAST(:lanes AS text[])) AS l (lane)
     WHERE NOT EXISTS (SELECT FROM jobs.jobs h WHERE h.lane = l.lane AND NOT h.blocked)
  ) AS next
 WHERE j.id = next.id
RETURNING j.type
