-- Live and dead jobs by type and state.
SELECT type, sum(ready)::bigint AS ready, sum(running)::bigint AS running,
       sum(scheduled)::bigint AS scheduled, sum(blocked)::bigint AS blocked,
       sum(dead)::bigint AS dead, max(oldest) AS oldest_ready_age
  FROM (
    SELECT type,
           count(*) FILTER (WHERE NOT blocked AND NOT running AND run_at <= now()) AS ready,
           count(*) FILTER (WHERE running) AS running,
           count(*) FILTER (WHERE NOT blocked AND NOT running AND run_at > now()) AS scheduled,
           count(*) FILTER (WHERE blocked) AS blocked,
           0 AS dead,
           now() - min(run_at) FILTER (WHERE NOT blocked AND NOT running AND run_at <= now())
             AS oldest
      FROM (
        SELECT type, blocked, run_at, coalesce(lease_until > now(), false) AS running
          FROM jobs.jobs
      ) AS live
     GROUP BY type
    UNION ALL
    SELECT type, 0, 0, count(*), 0, 0, NULL FROM jobs.scheduled_jobs GROUP BY type
    UNION ALL
    SELECT type, 0, 0, 0, 0, count(*), NULL FROM jobs.dead_jobs GROUP BY type
  ) AS parts
 GROUP BY type
 ORDER BY type
