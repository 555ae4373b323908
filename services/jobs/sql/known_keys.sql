-- The first jobs of keys that are known.
SELECT key, job_id, body_sha FROM jobs.job_keys WHERE key = ANY (CAST(:keys AS text[]))
