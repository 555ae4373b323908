-- Live and dead jobs by type and state, and which types are paused.
WITH parts (type, ready, running, scheduled, blocked, dead, oldest) AS (
  SELECT type,
         count(*) FILTER (WHERE NOT blocked AND NOT running AND run_at <= now()),
         count(*) FILTER (WHERE running),
         count(*) FILTER (WHERE NOT blocked AND NOT running AND run_at > now()),
         count(*) FILTER (WHERE blocked),
         0,
         now() - min(run_at) FILTER (WHERE NOT blocked AND NOT running AND run_at <= now())
    FROM (
      SELECT type, blocked, run_at, coalesce(lease_until > now(), false) AS running
        FROM jobs.jobs
    ) AS live
   GROUP BY type
  UNION ALL
  SELECT type, 0, 0, count(*), 0, 0, NULL FROM jobs.scheduled_jobs GROUP BY type
  UNION ALL
  SELECT type, 0, 0, 0, 0, count(*), NULL FROM jobs.dead_jobs GROUP BY type
  UNION ALL
  SELECT type, 0, 0, 0, 0, 0, NULL FROM jobs.paused_types
)
SELECT t.type, t.ready, t.running, t.scheduled, t.blocked, t.dead, t.oldest AS oldest_ready_age,
       p.reason AS pause_reason, p.created_at AS paused_at
  FROM (
    SELECT type, sum(ready)::bigint AS ready, sum(running)::bigint AS running,
           sum(scheduled)::bigint AS scheduled, sum(blocked)::bigint AS blocked,
           sum(dead)::bigint AS dead, max(oldest) AS oldest
      FROM parts
     GROUP BY type
  ) AS t
  LEFT JOIN jobs.paused_types p ON p.type = t.type
 ORDER BY t.type
