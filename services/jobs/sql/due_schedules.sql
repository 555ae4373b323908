-- Schedules whose tick has come, and the time. Those of a paused type wait: what they missed is one
-- tick once it is resumed.
SELECT name, payload, now() AS now FROM jobs.schedules
 WHERE next_run_at <= now() AND deleted_at IS NULL
   AND type <> ALL (ARRAY(SELECT p.type FROM jobs.paused_types p))
 ORDER BY name
