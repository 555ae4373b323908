-- Jobs that have become due and are not in the table of live ones yet, the longest due first.
SELECT id, lane FROM jobs.scheduled_jobs
 WHERE run_at <= now() ORDER BY run_at, id LIMIT CAST(:limit AS integer)
