-- Lanes with followers and no head: there are none, unless something is wrong with this code.
SELECT DISTINCT w.lane
  FROM jobs.jobs w
 WHERE w.blocked
   AND NOT EXISTS (SELECT FROM jobs.jobs h WHERE h.lane = w.lane AND NOT h.blocked)
 LIMIT CAST(:limit AS integer)
