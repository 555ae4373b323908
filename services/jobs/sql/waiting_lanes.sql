-- Lanes in which jobs wait for another: how many there are, and the longest of them with the job that
-- they wait for. From indexes alone: lanes are found by leaps from one to the next.
WITH RECURSIVE leap (lane, n) AS (
  SELECT min(lane), 1 FROM jobs.jobs WHERE blocked
  UNION ALL
  SELECT (SELECT min(j.lane) FROM jobs.jobs j WHERE j.blocked AND j.lane > leap.lane), n + 1
    FROM leap WHERE leap.lane IS NOT NULL AND n < CAST(:most AS bigint)
), counted AS MATERIALIZED (
  SELECT leap.lane, w.waiting, count(*) OVER () AS lanes
    FROM leap
   CROSS JOIN LATERAL (
     SELECT count(*) AS waiting
       FROM (SELECT FROM jobs.jobs j WHERE j.blocked AND j.lane = leap.lane LIMIT CAST(:longest AS bigint)) AS j
   ) AS w
   WHERE leap.lane IS NOT NULL
   ORDER BY w.waiting DESC, leap.lane
   LIMIT CAST(:shown AS bigint)
)
SELECT c.lane, c.waiting, c.lanes, h.id, h.type, h.attempt, h.last_error,
       coalesce(h.lease_until > now(), false) AS running, now() - h.first_claimed_at AS age
  FROM counted c
  LEFT JOIN jobs.jobs h ON h.lane = c.lane AND NOT h.blocked
 ORDER BY c.waiting DESC, c.lane
