-- What was stored and what ended a moment ago, by type, and how long it took from being due to its
-- end. From indexes alone, and of each only the newest: a rate needs no more.
WITH newest AS MATERIALIZED (
  SELECT k.job_id, k.created_at FROM jobs.job_keys k ORDER BY k.job_id DESC LIMIT CAST(:most AS bigint)
), fresh AS MATERIALIZED (
  SELECT n.job_id, n.created_at FROM newest n WHERE n.created_at > now() - CAST(:moment AS interval)
), stored AS MATERIALIZED (
  SELECT j.type, count(*) AS stored
    FROM fresh f
   CROSS JOIN LATERAL (
     SELECT type FROM jobs.jobs WHERE id = f.job_id
     UNION ALL SELECT type FROM jobs.scheduled_jobs WHERE id = f.job_id
     UNION ALL SELECT type FROM jobs.dead_jobs WHERE id = f.job_id
     UNION ALL SELECT type FROM jobs.finished_jobs
                WHERE id = f.job_id AND finished_at >= date_trunc('day', now(), 'UTC') - interval '1 day'
     LIMIT 1
   ) AS j
   GROUP BY j.type
), storing AS MATERIALIZED (
  -- where more was stored in that time than is looked at, what is looked at took less
  SELECT CASE WHEN count(*) < CAST(:most AS bigint) THEN CAST(:moment AS interval)
              ELSE greatest(now() - min(created_at), interval '1 ms') END AS took
    FROM fresh
)
SELECT t.type, coalesce(s.stored, 0) / extract(epoch FROM storing.took) AS stored_per_second,
       e.ended / extract(epoch FROM e.took) AS ended_per_second, e.p50, e.p95
  FROM unnest(CAST(:types AS text[])) AS t (type)
 CROSS JOIN storing
 CROSS JOIN LATERAL (
   SELECT count(*) FILTER (WHERE j.fresh) AS ended,
          CASE WHEN count(*) FILTER (WHERE j.fresh) < CAST(:most AS bigint) THEN CAST(:moment AS interval)
               ELSE greatest(now() - min(j.finished_at), interval '1 ms') END AS took,
          percentile_cont(0.5) WITHIN GROUP (ORDER BY j.took) FILTER (WHERE j.recent) AS p50,
          percentile_cont(0.95) WITHIN GROUP (ORDER BY j.took) FILTER (WHERE j.recent) AS p95
     FROM (
       SELECT f.finished_at, greatest(f.finished_at - f.run_at, interval '0') AS took,
              f.finished_at > now() - CAST(:moment AS interval) AS fresh,
              f.finished_at > now() - CAST(:while AS interval) AND f.state = 'completed' AS recent
         FROM jobs.finished_jobs f
        -- one type, in words that leave no other index: a type that ended nothing for long would be
        -- looked for among all ids
        WHERE f.type BETWEEN t.type AND t.type
          AND f.finished_at >= date_trunc('day', now(), 'UTC') - interval '1 day'
        ORDER BY f.type DESC, f.id DESC
        LIMIT CAST(:most AS bigint)
     ) AS j
 ) AS e
  LEFT JOIN stored s ON s.type = t.type
 WHERE s.stored > 0 OR e.ended > 0 OR e.p50 IS NOT NULL
 ORDER BY t.type
