-- Those that no other replica is firing at this moment or has fired since.
SELECT name, cron, time_zone, payload, next_run_at, now() AS now
  FROM jobs.schedules
 WHERE name = ANY (CAST(:names AS text[])) AND next_run_at <= now() AND deleted_at IS NULL
 ORDER BY name
   FOR UPDATE SKIP LOCKED
