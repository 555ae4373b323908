-- Finished jobs that stand outside of any day, counted up to a thousand.
SELECT count(*) FROM (SELECT FROM jobs.finished_jobs_default LIMIT 1000) AS strays
