-- Drops what is remembered of workers that have not been seen for a day.
DELETE FROM jobs.worker_claims WHERE updated_at < now() - interval '1 day'
