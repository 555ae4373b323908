-- Live and dead jobs by type and state, and which types are paused. From indexes alone: types are
-- found by leaps from one to the next, and of each state no more are counted than are asked for.
WITH RECURSIVE due (type) AS (
  SELECT min(type) FROM jobs.jobs WHERE NOT blocked
  UNION ALL
  SELECT (SELECT min(j.type) FROM jobs.jobs j WHERE NOT j.blocked AND j.type > due.type)
    FROM due WHERE due.type IS NOT NULL
), behind (type) AS (
  SELECT min(type) FROM jobs.jobs WHERE blocked
  UNION ALL
  SELECT (SELECT min(j.type) FROM jobs.jobs j WHERE j.blocked AND j.type > behind.type)
    FROM behind WHERE behind.type IS NOT NULL
), later (type) AS (
  SELECT min(type) FROM jobs.scheduled_jobs
  UNION ALL
  SELECT (SELECT min(j.type) FROM jobs.scheduled_jobs j WHERE j.type > later.type)
    FROM later WHERE later.type IS NOT NULL
), given_up (type) AS (
  SELECT min(type) FROM jobs.dead_jobs
  UNION ALL
  SELECT (SELECT min(j.type) FROM jobs.dead_jobs j WHERE j.type > given_up.type)
    FROM given_up WHERE given_up.type IS NOT NULL
), found (type) AS (
  SELECT type FROM due UNION SELECT type FROM behind UNION SELECT type FROM later
  UNION SELECT type FROM given_up UNION SELECT type FROM jobs.paused_types
)
SELECT t.type, d.ready, d.running, d.waiting + l.scheduled AS scheduled, b.blocked, g.dead,
       d.oldest_ready_age, p.reason AS pause_reason, p.created_at AS paused_at
  FROM found t
 CROSS JOIN LATERAL (
   SELECT count(*) FILTER (WHERE NOT running AND run_at <= now()) AS ready,
          count(*) FILTER (WHERE running) AS running,
          count(*) FILTER (WHERE NOT running AND run_at > now()) AS waiting,
          now() - min(run_at) FILTER (WHERE NOT running AND run_at <= now()) AS oldest_ready_age
     FROM (
       SELECT j.run_at, coalesce(j.lease_until > now(), false) AS running
         FROM jobs.jobs j
        WHERE j.type = t.type AND NOT j.blocked
        ORDER BY j.run_at, j.id
        LIMIT CAST(:most AS bigint)
     ) AS j
 ) AS d
 CROSS JOIN LATERAL (
   SELECT count(*) AS blocked
     FROM (SELECT FROM jobs.jobs j WHERE j.type = t.type AND j.blocked LIMIT CAST(:most AS bigint)) AS j
 ) AS b
 CROSS JOIN LATERAL (
   SELECT count(*) AS scheduled
     FROM (SELECT FROM jobs.scheduled_jobs j WHERE j.type = t.type LIMIT CAST(:most AS bigint)) AS j
 ) AS l
 CROSS JOIN LATERAL (
   SELECT count(*) AS dead
     FROM (SELECT FROM jobs.dead_jobs j WHERE j.type = t.type LIMIT CAST(:most AS bigint)) AS j
 ) AS g
  LEFT JOIN jobs.paused_types p ON p.type = t.type
 WHERE t.type IS NOT NULL
 ORDER BY t.type
