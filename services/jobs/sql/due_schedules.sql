-- Schedules whose tick has come, and the time.
SELECT name, payload, now() AS now FROM jobs.schedules WHERE next_run_at <= now() ORDER BY name
